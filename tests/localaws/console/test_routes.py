"""The console, over HTTP and in a browser, with its script and without."""

import contextlib
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from urllib.parse import parse_qs, urlsplit

import boto3
import chromium
import pytest
from botocore.exceptions import ClientError
from defined import definition, processing
from deployed import SAY, deploy, make_model, upload
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from waiting import until

from localaws.machine import prices

SCRIPT = "<script>document.title = 'owned'</script>"
PEEK = """<title>opened</title><script>
const read = path => fetch(path).then(() => "read it", () => "read nothing");
read("/_localaws/console").then(text => { document.title = `${origin} ${text}`; });
</script>"""
TALK = "import time\nfor i in range(300): print('line', i, flush=True); time.sleep(0.2)"


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


@pytest.fixture
def mode():
    """How jobs see /opt/ml is nothing to the console: one mode will do."""
    return "auto"


@pytest.fixture
def ask(connection):
    """Return a function that asks as a browser does: status, headers and text."""
    opener = urllib.request.build_opener(NoRedirect)

    def asked(path, form=None, **headers):
        data = urllib.parse.urlencode(form).encode() if form is not None else None
        key = parse_qs(urlsplit(connection.console).query)["key"][0]
        sent = {"Accept": "text/html", "Cookie": f"localaws={key}", **headers}
        request = urllib.request.Request(connection.url + path, data, sent)
        try:
            answer = opener.open(request, timeout=30)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            return answer.status, answer.headers, answer.read().decode()

    return asked


@pytest.fixture
def token(ask):
    page = ask(confirm_page("any"))[2]
    return re.search(r'name="token" value="([^"]+)"', page)[1]


@pytest.fixture
def talking(submit, sagemaker):
    """A job that talks for a minute, stopped at the end."""
    name = submit(TALK)
    yield name
    with contextlib.suppress(ClientError):  # a test has stopped it
        sagemaker.stop_training_job(TrainingJobName=name)


@pytest.fixture
def executing(connection, sagemaker):
    """The identifier of an execution that runs for a minute, stopped at the end."""
    name = f"graph-{time.time_ns()}"
    text = definition(
        processing("first"),
        processing("long", "sh: sleep 60", after=["first"]),
        processing("last", after=["long", "first"]),
    )
    place = {"PipelineName": name, "RoleArn": connection.role_arn}
    sagemaker.create_pipeline(**place, PipelineDefinition=text)
    arn = sagemaker.start_pipeline_execution(PipelineName=name)["PipelineExecutionArn"]
    yield arn.rpartition("/")[2]
    with contextlib.suppress(ClientError):  # a test has stopped it
        sagemaker.stop_pipeline_execution(PipelineExecutionArn=arn)


@pytest.fixture
def bucket(s3):
    """A bucket with one object whose key and content are hostile."""
    name = f"shelf-{time.time_ns()}"
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key=SCRIPT, Body=SCRIPT, ContentType="text/html")
    return name


@pytest.fixture
def shown(connection, sagemaker):
    """An endpoint in service, its model and its configuration, all of one name."""
    name = f"shown-{time.time_ns()}"
    script = SAY.replace("{word!r}", "'hello'")
    url = upload(connection, f"{name}/model.tar.gz", {"code/inference.py": script})
    make_model(connection, sagemaker, name, url)
    assert deploy(sagemaker, name, [name])["EndpointStatus"] == "InService"
    return name


@pytest.fixture(scope="module")
def window(connection):
    with chromium.started() as driver:
        driver.get(connection.console)  # as a reader does; the browser keeps the key
        yield driver


@pytest.fixture(params=["with scripts", "without scripts"])
def browser(request, window):
    off = {"value": request.param == "without scripts"}
    window.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", off)
    yield window
    window.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def job_page(name):
    return f"/_localaws/training-job/us-east-1/{name}"


def execution_page(name):
    return f"/_localaws/pipeline-execution/us-east-1/{name}"


def confirm_page(bucket):
    return f"/_localaws/confirm?verb=Delete&kind=bucket&name={bucket}"


def text(browser, part="main"):
    """The text of a part of the page; nothing while the page is being replaced."""
    try:
        return browser.find_element(By.CSS_SELECTOR, part).text
    except WebDriverException:  # of several kinds
        return ""


def without(browser, part, name):
    """Whether a part of the page is there, and the name is not in it."""
    found = text(browser, part)
    return found and name not in found


def click(browser, *locator):
    def clicked():
        try:
            browser.find_element(*locator).click()
        except WebDriverException:  # the page is being replaced, or was renewed
            return False
        return True

    until(clicked)


def press(browser, label):
    click(browser, By.CSS_SELECTOR, f'button[aria-label="{label}"]')
    until(lambda: text(browser, "h1") == f"{label}?")


def confirm(browser, label):
    press(browser, label)
    click(browser, By.CSS_SELECTOR, ".choice button")


def test_the_root_is_a_page_for_a_browser_and_s3_for_everyone_else(ask, s3):
    status, headers, text = ask("/")
    assert status == 200 and "<h1>What this server holds</h1>" in text
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "<Code>AccessDenied</Code>" in ask("/", Accept="*/*")[2]  # of S3: unsigned
    assert s3.list_buckets()["Buckets"]


@pytest.mark.parametrize("version", ["s3v4", "s3"])
def test_a_presigned_list_of_buckets_still_reaches_s3(ask, connection, version):
    config = boto3.session.Config(signature_version=version)
    s3 = boto3.client("s3", config=config)
    url = s3.generate_presigned_url("list_buckets")
    assert "ListAllMyBucketsResult" in ask(url.removeprefix(connection.url))[2]


def test_what_runs_is_priced_by_the_hour(ask, talking):
    row = re.search(rf">{talking}<.*?</tr>", ask("/")[2], re.DOTALL)[0]
    price = f"${prices.PER_HOUR['ml.m5.large']:.4f}"
    assert "InProgress" in row and f"<td>{price}</td>" in row
    text = ask(job_page(talking))[2]
    assert f"{price} per hour" in text and prices.SEEN in text


def test_what_a_job_and_a_bucket_hold_is_escaped(ask, submit, finished, bucket):
    name = submit(f"print({SCRIPT!r}); raise ValueError({SCRIPT!r})")
    assert SCRIPT in finished(name)["FailureReason"]
    pages = [ask(job_page(name))[2], ask(f"/_localaws/buckets/{bucket}")[2]]
    for text in pages:
        assert SCRIPT not in text and "&lt;script&gt;" in text
    assert pages[0].count("&lt;script&gt;") >= 3  # in the log, the reason, the details


def test_an_object_is_a_file_to_save_and_never_a_page(ask, bucket):
    key = urllib.parse.quote(SCRIPT)
    status, headers, text = ask(f"/_localaws/buckets/{bucket}/object?key={key}")
    assert (status, text) == (200, SCRIPT)
    assert headers["Content-Disposition"].startswith("attachment")
    assert headers["Content-Type"] == "application/octet-stream"


def test_a_page_in_s3_is_shown_without_the_origin_of_the_console(window, bucket, s3):
    place = {"Bucket": bucket, "Key": "page.html"}
    s3.put_object(**place, Body=PEEK, ContentType="text/html")
    window.get(s3.generate_presigned_url("get_object", Params=place))
    until(lambda: window.title == "null read nothing")


def test_a_page_in_s3_comes_as_it_was_stored(ask, connection, bucket, s3):
    place = {"Bucket": bucket, "Key": "page.html"}
    s3.put_object(**place, Body=PEEK, ContentType="text/html")
    found = s3.get_object(**place)
    url = s3.generate_presigned_url("get_object", Params=place)
    status, headers, text = ask(url.removeprefix(connection.url))
    assert (status, text) == (200, PEEK) and found["Body"].read() == PEEK.encode()
    assert headers["Content-Type"] == found["ContentType"] == "text/html"
    assert headers["Content-Security-Policy"] == "sandbox allow-scripts"


def test_a_form_from_elsewhere_is_refused(ask, talking, token, sagemaker):
    form = {"verb": "Stop", "kind": "training-job", "region": "us-east-1"}
    form["name"] = talking
    for fields, headers in [
        ({}, {}),
        ({"token": "guessed"}, {}),
        ({"token": token}, {"Origin": "http://evil.example"}),
        ({"token": token}, {"Origin": "null"}),
        ({"token": token}, {"Origin": "http://127.0.0.1:1"}),
        ({"token": token}, {"Host": "x.amazonaws.com"}),
    ]:
        assert ask("/_localaws/act", {**form, **fields}, **headers)[0] == 403
    assert ask("/_localaws/act")[0] == 405
    job = sagemaker.describe_training_job(TrainingJobName=talking)
    assert job["TrainingJobStatus"] == "InProgress"


def test_a_page_from_elsewhere_cannot_post_to_the_services_either(ask, bucket, s3):
    page = {"Origin": "http://evil.example", "Content-Type": "text/plain"}
    assert ask(f"/{bucket}", {"key": "evil.html", "file": "x"}, **page)[0] == 403
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 1


def test_a_mistaken_form_is_answered_with_a_page(ask, token):
    form = {"token": token, "verb": "Delete", "kind": "model", "name": "x"}
    assert ask("/_localaws/act", form)[0] == 404
    for wrong in ({"verb": "Create"}, {"verb": "Stop", "kind": "bucket"}):
        assert ask("/_localaws/act", {**form, **wrong})[0] == 400
    assert ask("/_localaws/act", {"token": token})[0] == 400
    status, _, text = ask("/_localaws/buckets/no-such-bucket")
    assert status == 404 and 'role="alert">The specified bucket does not' in text
    assert ask(job_page("absent"))[0] == 404
    assert ask("/_localaws/training-job/..-x/absent")[0] == 403  # no page: an object


def test_a_bucket_is_deleted_once_it_is_empty(ask, token, bucket, s3):
    form = {"token": token, "verb": "Delete", "kind": "bucket", "name": bucket}
    status, _, text = ask("/_localaws/act", form)
    assert status == 409 and "not empty" in text
    assert ask("/_localaws/act", {**form, "key": SCRIPT})[0] == 303
    assert ask("/_localaws/act", form)[0] == 303
    assert bucket not in [row["Name"] for row in s3.list_buckets()["Buckets"]]


def test_a_version_is_shown_with_its_approval_and_deleted(ask, token, sagemaker):
    group = {"ModelPackageGroupName": "shown"}
    sagemaker.create_model_package_group(**group)
    arn = sagemaker.create_model_package(**group)["ModelPackageArn"]
    page = ask("/_localaws/console")[2]
    assert "PendingManualApproval" in page and "Model package groups" in page
    status, _, page = ask("/_localaws/model-package/us-east-1/shown/1")
    assert status == 200 and arn in page
    named = {"kind": "model-package", "name": "shown/1", "region": "us-east-1"}
    status, *_ = ask("/_localaws/act", {"token": token, "verb": "Delete", **named})
    assert status == 303
    assert not sagemaker.list_model_packages(**group)["ModelPackageSummaryList"]
    sagemaker.delete_model_package_group(**group)


def test_a_long_log_ends_with_its_last_lines(ask, submit, finished):
    name = submit("for i in range(1500): print('line', i)\nprint('x' * 5000)")
    finished(name)
    text = ask(job_page(name))[2]
    assert "line 1499\n" in text and "line 400\n" not in text
    assert "x" * 2000 in text and "x" * 2001 not in text


def test_a_reader_may_have_the_page_stand_still(ask, talking):
    for query, follows in [("", True), ("?follow=no", False)]:
        page = ask(job_page(talking) + query)[2]
        assert ('http-equiv="refresh"' in page) == ("<script" in page) == follows


def test_a_reader_follows_the_log_of_a_job_and_stops_it(
    browser, connection, talking, finished
):
    browser.get(connection.url)
    click(browser, By.LINK_TEXT, talking)
    until(lambda: "line 3\n" in text(browser))
    seen = int(re.findall(r"line (\d+)", text(browser))[-1])
    until(lambda: f"line {seen + 5}\n" in text(browser))  # nobody reloads
    confirm(browser, f"Stop training job {talking}")
    assert finished(talking)["TrainingJobStatus"] == "Stopped"
    until(lambda: "Stopped" in text(browser))
    until(lambda: not browser.find_elements(By.CSS_SELECTOR, "button.stop"))


def test_a_reader_follows_the_graph_of_an_execution_and_stops_it(
    browser, connection, executing
):
    def said(step, status):
        return f"{step} Processing ● {status}" in " ".join(
            text(browser, "#graph").split()
        )

    browser.get(connection.url + execution_page(executing))
    until(lambda: said("long", "Executing"))
    assert said("first", "Succeeded") and said("last", "Waiting")
    confirm(browser, f"Stop pipeline execution {executing}")
    until(lambda: said("long", "Stopped") and said("last", "Not run"))
    click(browser, By.CSS_SELECTOR, ".graph a")
    until(lambda: f"pipelines-{executing}-first-" in text(browser, "h1"))


def test_executions_and_pipelines_are_listed_and_pipelines_deleted(
    ask, token, executing
):
    page = ask("/")[2]
    (name,) = re.findall(rf">(graph-\d+)/{executing}</a>", page)
    form = {"token": token, "verb": "Delete", "kind": "pipeline"}
    form |= {"region": "us-east-1", "name": name}
    status, _, said = ask("/_localaws/act", form)
    assert status == 400 and "stop its executions first" in said
    stop = {"verb": "Stop", "kind": "pipeline-execution", "name": executing}
    assert ask("/_localaws/act", {**form, **stop})[0] == 303
    until(lambda: ask("/_localaws/act", form)[0] == 303)
    assert name not in ask("/")[2]


def test_a_reader_is_asked_first_and_may_change_their_mind(
    browser, connection, bucket, s3
):
    shelf = f"{connection.url}/_localaws/buckets/{bucket}"
    browser.get(shelf)
    press(browser, f"Delete object {SCRIPT}")
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 1
    click(browser, By.LINK_TEXT, "Cancel")
    until(lambda: browser.current_url == shelf)
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 1
    confirm(browser, f"Delete object {SCRIPT}")
    until(lambda: "No objects." in text(browser))
    confirm(browser, f"Delete bucket {bucket}")
    until(lambda: without(browser, "#buckets", bucket))


def test_a_reader_sees_an_endpoint_and_deletes_it(browser, connection, shown):
    sagemaker = boto3.client("sagemaker")
    browser.get(connection.url)
    row = f"{shown} InService 1 × ml.m5.large $0.1150"
    until(lambda: row in text(browser, "#endpoint"))
    confirm(browser, f"Delete endpoint {shown}")
    until(lambda: without(browser, "#endpoint", shown))
    assert sagemaker.list_endpoints(NameContains=shown)["Endpoints"] == []
    confirm(browser, f"Delete model {shown}")
    until(lambda: without(browser, "#model", shown))
    assert sagemaker.list_models(NameContains=shown)["Models"] == []


def test_the_first_page_renews_itself(window, connection, submit):
    window.get(connection.url)
    name = submit("pass")
    until(lambda: f"{name} Completed" in text(window, "#training-job"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_is_readable_in_both_schemes(
    window, connection, talking, bucket, executing, scheme
):
    feature = [{"name": "prefers-color-scheme", "value": scheme}]
    window.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": feature})
    for path in (
        "/",
        job_page(talking),
        execution_page(executing),
        f"/_localaws/buckets/{bucket}",
        confirm_page(bucket),
        "/_localaws/a/b/c",
    ):
        window.get(connection.url + path)
        measured = chromium.contrast(window, "body *")
        assert len(measured) > 5
        faint = [(round(ratio, 1), text) for ratio, text in measured if ratio < 4.5]
        assert not faint, f"{path}: contrast below 4.5: {faint}"
    dark = window.execute_script(
        "return getComputedStyle(document.body).backgroundColor"
    )
    assert (dark == "rgb(255, 255, 255)") == (scheme == "light")


def test_no_page_is_wider_than_a_phone(window, connection, talking, bucket, executing):
    phone = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
    window.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)
    try:
        shelf = f"/_localaws/buckets/{bucket}"
        jobs = job_page(talking), execution_page(executing)
        for path in ("/", *jobs, shelf, confirm_page(bucket)):
            window.get(connection.url + path)
            wide = window.execute_script("return document.documentElement.scrollWidth")
            assert wide <= 390, path
    finally:
        window.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_a_keyboard_reaches_the_content_and_the_buttons(window, connection, talking):
    window.get(connection.url + job_page(talking))
    ActionChains(window).send_keys(Keys.TAB).perform()
    assert window.switch_to.active_element.text == "Skip to the content"
    assert window.switch_to.active_element.rect["x"] >= 0
    stop = f"Stop training job {talking}"
    for _ in range(10):
        ActionChains(window).send_keys(Keys.TAB).perform()
        if window.switch_to.active_element.get_attribute("aria-label") == stop:
            break
    ActionChains(window).send_keys(Keys.ENTER).perform()
    until(lambda: text(window, "h1") == f"{stop}?")
    for _ in range(10):
        ActionChains(window).send_keys(Keys.TAB).perform()
        if window.switch_to.active_element.text == "Stop":
            break
    ActionChains(window).send_keys(Keys.ENTER).perform()
    until(lambda: "Stopped" in text(window, "#facts"))


def test_no_request_leaves_the_machine(window, connection, talking):
    chromium.requests(window)  # forget what other tests opened
    for path in ("/", job_page(talking)):
        window.get(connection.url + path)
        time.sleep(2.5)  # the script has looked once
    asked, missing = chromium.requests(window)
    assert len(asked) >= 8 and missing == []
    assert [u for u in asked if not u.startswith((connection.url, "data:"))] == []
