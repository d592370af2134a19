"""What the hosts of a job leave becomes one archive, its links with it."""

import os

from localaws.jobs import artifacts


def test_the_hosts_share_a_folder_and_links_lead_into_it(tmp_path):
    for host in ("algo-1", "algo-2"):
        folder = tmp_path / host / "model"
        (folder / host).mkdir(parents=True)
        (folder / host / "weights").write_text(host)
        (folder / "log").write_text(host)
        (folder / f"latest-{host}").symlink_to(f"/opt/ml/model/{host}")
        (folder / f"seen-{host}").symlink_to(folder / host)
        (folder / "best").symlink_to(f"/opt/ml/model/{host}")
    roots = [tmp_path / "algo-1", tmp_path / "algo-2"]
    merged = artifacts.merge(roots, "model")
    assert merged == tmp_path / "algo-1" / "model"
    assert (merged / "log").read_text() == "algo-1"
    assert os.readlink(merged / "best") == "algo-1"
    for name in ("algo-1", "algo-2"):
        for link in (name, f"latest-{name}", f"seen-{name}"):
            assert (merged / link / "weights").read_text() == name


class Shelf:
    """Stands for S3: it notes what is uploaded."""

    def __init__(self):
        self.held = {}

    def upload_file(self, path, bucket, key, Config):
        with open(path) as file:
            self.held[key] = file.read()


def test_files_behind_links_are_stored_and_circles_end(tmp_path):
    (tmp_path / "m/steps/3").mkdir(parents=True)
    (tmp_path / "m/steps/3/weights").write_text("42")
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret/key").write_text("no")
    (tmp_path / "m/latest").symlink_to("steps/3")
    (tmp_path / "m/steps/up").symlink_to("..")
    (tmp_path / "m/one").mkdir()
    (tmp_path / "m/two").mkdir()
    (tmp_path / "m/one/other").symlink_to("../two")
    (tmp_path / "m/two/other").symlink_to("../one")
    (tmp_path / "m/away").symlink_to(tmp_path / "secret")
    shelf = Shelf()
    assert artifacts.store_files(shelf, tmp_path / "m", "s3://b/p/") == "s3://b/p/"
    assert shelf.held == {"p/steps/3/weights": "42", "p/latest/weights": "42"}
