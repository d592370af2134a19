"""Where the repository lies, if anywhere: buttons, and the first cell of a download."""

import re

import yaml

LAUNCH = {
    "colab_url": "https://colab.research.google.com",
    "binderhub_url": "https://mybinder.org",
    "notebook_interface": "jupyterlab",
}
BUTTONS = {
    "use_repository_button": True,
    "use_source_button": True,
    "use_edit_page_button": True,
    "use_issues_button": True,
}
ADDRESS = re.compile(r"https://(?:[\w-]+\.)+\w+/[\w.-]+/[\w.-]+")
CHECK = """\
# This notebook comes from the course's site. It needs the package `course`.
from importlib.util import find_spec

if not find_spec("course"):
"""
WORDS = """\
    print(
        "There is no package `course` here. Get a clone of the course's repository,",
        "run `make lab` in it, and open this notebook there.",
        sep="\\n",
    )
"""
BRING = """\
    import os
    import subprocess
    import sys

    subprocess.run(["git", "clone", "--depth", "1", "{url}", "{folder}"], check=True)
    install = [sys.executable, "-m", "pip", "install", "-q", "-e", "{folder}[lessons]"]
    subprocess.run([*install, "-c", "{folder}/constraints.txt"], check=True)
    sys.path.insert(0, os.path.abspath("{folder}/src"))
    os.chdir("{folder}/notebooks")
"""


def address(config: dict) -> str:
    """The address in `repository: {url: ...}` of the book's configuration, or "".

    Raises ValueError for what is no address of a repository.
    """
    url = ((config.get("repository") or {}).get("url") or "").removesuffix("/")
    if url and not ADDRESS.fullmatch(url):
        raise ValueError(
            f'the repository\'s url in book/_config.yml is "{url}", expected "" or an '
            'address such as "https://github.com/OWNER/NAME": mend it there'
        )
    return url


def configured(text: str) -> str:
    """The book's configuration, with buttons when it names a repository."""
    config = yaml.safe_load(text)
    url = address(config)
    if not url:
        return text
    options = config["sphinx"]["config"]["html_theme_options"]
    branch = config["repository"].get("branch", "main")
    options |= {**BUTTONS, "repository_url": url, "repository_branch": branch}
    options["launch_buttons"] = LAUNCH if "github.com" in url else {}
    return yaml.safe_dump(config, sort_keys=False)


def first_cell(url: str) -> dict:
    """The cell with which a downloaded lesson brings `course`, or says how."""
    folder = url.rpartition("/")[2].removesuffix(".git")
    source = CHECK + (BRING.format(url=url, folder=folder) if url else WORDS)
    return {
        "cell_type": "code",
        "id": "bring-course",
        "metadata": {"tags": ["remove-cell"]},
        "execution_count": None,
        "outputs": [],
        "source": source.rstrip("\n"),
    }
