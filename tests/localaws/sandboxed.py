"""What the tests of a sandbox and of what it is made of share."""


def run(sandbox, script, **variables):
    process = sandbox.start(["/bin/sh", "-c", script], variables)
    return process.stdout.read().decode(), process.wait()
