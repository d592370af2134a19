"""How often requests may come: buckets of tokens, and quotas of keys."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from localaws.api.registry import Context
from localaws.gateway.documents import KEYS, PLANS, USAGE, Document, Documents
from localaws.gateway.faults import Fault


@dataclass
class Bucket:
    """Tokens that come at a rate, up to a number; each request takes one."""

    tokens: float
    since: float

    def take(self, rate: float, burst: float, now: float) -> bool:
        """Take a token, if there is one."""
        self.tokens = min(burst, self.tokens + (now - self.since) * rate)
        self.since = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


class Usage:
    """Counts the requests of keys, and lets through as many as may come.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
    """

    def __init__(self, context: Context, documents: Documents) -> None:
        self.context, self.documents = context, documents
        # Guards all of these.
        self._lock = threading.Lock()
        self._buckets: dict[Any, Bucket] = {}
        self._counts: dict[tuple[str, str, str], Counter[str]] = {}  # by day
        self._unwritten: set[tuple[str, str, str]] = set()
        for region in documents.regions(USAGE):
            for row in documents.all(USAGE, region):
                place = region, row["plan"], row["key"]
                self._counts[place] = Counter(row["days"])

    def throttle(self, place: Any, limits: Document, rate: str, burst: str) -> None:
        """Take a token from the bucket of a place; Fault where there is none.

        `rate` and `burst` are what the limits call these members.
        """
        if rate not in limits and burst not in limits:
            return
        per_second = float(limits.get(rate, 10_000))
        most = float(limits.get(burst, 5_000))
        now = time.monotonic()
        with self._lock:
            bucket = self._buckets.setdefault(place, Bucket(most, now))
            if not bucket.take(per_second, most, now):
                raise Fault("THROTTLED", "Too Many Requests")

    def admit(
        self, region: str, api: str, stage: str, method: str, text: str | None
    ) -> str:
        """Return the identifier of the key that a request brings; Fault for none.

        https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html
        """
        keys = self.documents.all(KEYS, region)
        key = next((row for row in keys if text and row["value"] == text), None)
        if key is None or not key.get("enabled"):
            raise Fault("INVALID_API_KEY", "Forbidden")
        for plan in self.documents.all(PLANS, region):
            for each in plan["apiStages"] if key["id"] in plan["_keys"] else ():
                if (each["apiId"], each["stage"]) == (api, stage):
                    self._check(region, plan, each, key["id"], method)
                    return str(key["id"])
        raise Fault("INVALID_API_KEY", "Forbidden")

    def _check(
        self, region: str, plan: Document, stage: Document, key: str, method: str
    ) -> None:
        own = (stage.get("throttle") or {}).get(method)
        place = region, plan["id"], key, *((stage["apiId"], method) if own else ())
        limits = own or plan.get("throttle") or {}
        self.throttle(place, limits, "rateLimit", "burstLimit")
        today = self._today()
        with self._lock:
            counts = self._counts.setdefault((region, plan["id"], key), Counter())
            if quota := plan.get("quota"):
                first = period(today, quota)
                used = sum(counts[day] for day in counts if day >= first.isoformat())
                if used >= quota.get("limit", 0):
                    raise Fault("QUOTA_EXCEEDED", "Limit Exceeded")
            counts[today.isoformat()] += 1
            self._unwritten.add((region, plan["id"], key))

    def told(
        self, region: str, plan: Document, key: str, first: date, last: date
    ) -> list[list[int]]:
        """Return for each day how many requests there were, and how many may come."""
        quota = plan.get("quota") or {}
        with self._lock:
            counts = Counter(self._counts.get((region, plan["id"], key), {}))
        rows = []
        for number in range((last - first).days + 1):
            day = first + timedelta(number)
            begun = period(day, quota).isoformat() if quota else day.isoformat()
            until = day.isoformat()
            used = sum(n for each, n in counts.items() if begun <= each <= until)
            rows.append([counts[until], max(0, quota.get("limit", 0) - used)])
        return rows

    def write(self) -> None:
        """Keep on disk what was counted."""
        with self._lock:
            changed = {place: dict(self._counts[place]) for place in self._unwritten}
            self._unwritten.clear()
        for (region, plan, key), days in changed.items():
            record = {"plan": plan, "key": key, "days": days}
            self.documents.put(USAGE, region, f"{plan}.{key}", record)

    def _today(self) -> date:
        return datetime.fromtimestamp(self.context.clock.now(), UTC).date()


def period(today: date, quota: Document) -> date:
    """Return the first day of the period of a quota that a day is in."""
    offset = quota.get("offset", 0)
    if quota.get("period") == "DAY":
        return today
    if quota.get("period") == "WEEK":  # it begins on Sunday, plus the offset
        return today - timedelta((today.weekday() + 1 - offset) % 7)
    first = today.replace(day=1 + offset)
    return (
        first
        if first <= today
        else (first - timedelta(28 + offset)).replace(day=1 + offset)
    )
