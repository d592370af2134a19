"""A handler with a fault: lesson 25 asks what it is."""

import json


def handler(event, context):
    images = json.loads(event["body"])["images"]
    return {"statusCode": 200, "body": {"count": len(images)}}
