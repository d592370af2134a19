"""The records of IAM, CloudWatch and its logs are kept as moto has them."""

from localaws.persistence.backends import Journal


def test_a_line_that_is_cut_short_is_dropped(tmp_path):
    journal = Journal(tmp_path / "lines")
    journal.add([1, "two"])
    with journal.path.open("ab") as file:
        file.write(b'{"half')
    again = Journal(journal.path)
    assert again.load() == [1, "two"]
    again.add([3])
    assert Journal(journal.path).load() == [1, "two", 3]
