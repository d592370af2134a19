"""Writes a ticket for each alarm that a topic tells of: a function of Lambda.

Its variables: BUCKET, and TICKETS, the prefix of the tickets.
"""

import json
import os


def handler(event, context):
    """Write what an alarm says into a ticket; the same message twice is one ticket."""
    import boto3

    s3, written = boto3.client("s3"), []
    for record in event["Records"]:
        alarm = json.loads(record["Sns"]["Message"])
        ticket = {
            "title": f"{alarm['AlarmName']} is {alarm['NewStateValue']}",
            "before": alarm["OldStateValue"],
            "since": alarm["StateChangeTime"],
            "reason": alarm["NewStateReason"],
        }
        key = f"{os.environ['TICKETS']}{record['Sns']['MessageId']}.json"
        body = json.dumps(ticket).encode()
        s3.put_object(Bucket=os.environ["BUCKET"], Key=key, Body=body)
        written.append(key)
    return written
