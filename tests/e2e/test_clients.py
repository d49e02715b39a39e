"""Clients that others wrote: a browser by the proxy, nghttp and h2load over HTTP/2 before a server."""

import subprocess

import pytest

from tests.e2e.rig import PATIENCE, eventually, need

ID, MASKED = "440106199003072170", "440106********2170"
KEY = r"-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n"
PAGE = """<!doctype html><meta charset="utf-8"><p id="told"></p><script>
function sent(path, body) {
  const asked = new XMLHttpRequest();
  asked.open("POST", path, false);
  asked.setRequestHeader("Content-Type", "application/json");
  asked.send(JSON.stringify(body));
  return `${asked.status} ${asked.getResponseHeader("Egress-Rule") || "-"}`;
}
document.getElementById("told").textContent =
  [sent("/person", {name: "x", idCard: "NUMBER"}), sent("/key", {pem: "SECRET"})].join(" | ");
</script>""".replace("NUMBER", ID).replace("SECRET", KEY)


def test_a_browser_sends_numbers_masked_and_is_told_of_what_is_blocked(gate, secure, tmp_path):
    browser = need("chromium")
    secure.answer = (200, [("content-type", "text/html")], PAGE.encode())
    arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]
    arguments += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    arguments += [f"--proxy-server=http://{gate.listen}", "--proxy-bypass-list=<-loopback>"]
    arguments += ["--ignore-certificate-errors", f"--user-data-dir={tmp_path}", "--dump-dom", secure.url]
    done = subprocess.run([browser, *arguments], capture_output=True, timeout=PATIENCE, check=False)
    assert b"200 - | 403 KEY-0001" in done.stdout, done.stdout[-500:]
    (posted,) = (seen.body for seen in secure.seen if seen.body)
    assert MASKED.encode() in posted
    lines = [line for line in gate.audit() if line["path_template"] in {"/person", "/key"}]
    assert [line["action"] for line in lines[-2:]] == ["redact", "block"]


@pytest.fixture(scope="module")
def before(start_gate, _secure_origin, authority):
    """A gate before the HTTPS server."""
    mode = f"reverse:{_secure_origin.url}"
    return start_gate("--mode", mode, "--upstream-ca", str(authority.path))


@pytest.mark.parametrize(
    ("body", "status", "arrived"),
    [(f'{{"id":"{ID}"}}', "200", f'{{"id":"{MASKED}"}}'.encode()), (f'{{"pem":"{KEY}"}}', "403", None)],
    ids=["masked", "blocked"],
)
def test_nghttp_is_served_over_http2(before, secure, tmp_path, body, status, arrived):
    client = need("nghttp")
    file = tmp_path / "body"
    file.write_text(body)
    command = [client, "-v", "-d", str(file), "-H", "content-type: application/json", f"https://{before.listen}/x"]
    done = subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False, text=True)
    assert f":status: {status}" in done.stdout
    eventually(lambda: any(line["protocol"] == "HTTP/2.0" for line in before.audit()), "an audit line of HTTP/2")
    assert [seen.body for seen in secure.seen] == ([] if arrived is None else [arrived])


def test_h2load_has_many_streams_at_a_time_and_each_leaves_masked(before, secure, tmp_path):
    client = need("h2load")
    file = tmp_path / "body"
    file.write_text(f'{{"id":"{ID}"}}')
    command = [client, "-n", "400", "-c", "10", "-m", "20", "-d", str(file), "-H", "content-type: application/json"]
    done = subprocess.run(
        [*command, f"https://{before.listen}/people"], capture_output=True, timeout=PATIENCE, check=False, text=True
    )
    assert "400 succeeded, 0 failed, 0 errored, 0 timeout" in done.stdout
    assert [seen.body for seen in secure.seen] == [f'{{"id":"{MASKED}"}}'.encode()] * 400
    lines = [line for line in before.audit() if line["path_template"] == "/people" and line["kind"] == "request"]
    assert [line["action"] for line in lines] == ["redact"] * 400
