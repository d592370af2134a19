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
