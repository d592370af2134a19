"""Of the reader's profiles the names are known, and nothing else is."""

import botocore.session
import pytest

from localaws.environment import profiles, write_profiles

CONFIG = """\
  # [profile comment]
[default]
region = x
[profile work]
  s3 =
    [profile inside]
[profile 'two words'] # a comment
[ profile spaces ]
[profile "unfinished]
[sso-session ours]
[services mine]
[plain]
"""


@pytest.fixture
def variables(tmp_path):
    """Variables that name two files of the reader's."""
    config, secret = tmp_path / "theirs", tmp_path / "secret"
    config.write_text(CONFIG)
    secret.write_bytes(b"[old]\naws_secret_access_key = [x]\n[\xff]\n[work]\n")
    names = ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")
    return dict(zip(names, (str(config), str(secret)), strict=True))


def test_names_are_those_of_profiles_in_both_files(variables):
    found = profiles(variables)
    assert set(found) >= {"default", "work", "two words", "spaces", "old"}
    assert not set(found) & {"ours", "mine", "plain", "comment", "x", "unfinished"}
    assert len(found) == len(set(found))


def test_the_variables_name_one_as_well(tmp_path):
    nowhere = {"AWS_CONFIG_FILE": str(tmp_path), "AWS_SHARED_CREDENTIALS_FILE": "/no"}
    chosen = {"AWS_PROFILE": "a", "AWS_DEFAULT_PROFILE": "b]\n[c"}
    assert profiles({**nowhere, **chosen}) == ["default", "a"]
    assert profiles(nowhere) == ["default"]


def test_botocore_finds_in_each_profile_what_is_written(
    variables, tmp_path, monkeypatch
):
    keys = {"AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "made-up"}
    known = profiles(variables)
    write_profiles(tmp_path, known, "eu-west-3", keys)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    place = str(tmp_path / "credentials")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", place)
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    for name in known:
        session = botocore.session.Session(profile=name)
        assert session.get_credentials().access_key == "AKIA"
        assert session.get_config_variable("region") == "eu-west-3"
    assert (tmp_path / "credentials").stat().st_mode & 0o077 == 0
