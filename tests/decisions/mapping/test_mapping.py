"""How a mapping is applied: which form, which action, what is refused, what is made to fit."""

import json
from typing import Any

import pytest

from standfast.decisions.mapping import alerts_of
from standfast.incidents.alert import Alert, AlertAction, CannotMap
from standfast.incidents.dedup_keys import bounded, incident_key
from standfast.policy import Policy
from standfast.policy.sources import Source
from tests.decisions.mapping.bodies import NOW, fernhill, sample


def policy_with(**mapping: Any) -> Policy:
    """The shipped policy with a source `lab`, whose one mapping is this."""
    whole = {"title": "{t}", "key": "{k}", "state": "{s}", **mapping}
    source = Source.model_validate({"title": "Lab", "mappings": {"only": whole}})
    return fernhill().model_copy(update={"sources": {"lab": source}})


def one(body: Any, **mapping: Any) -> Alert:
    (alert,) = alerts_of(policy_with(**mapping), "lab", body, NOW)
    return alert


def refused(source: str, body: Any, policy: Policy | None = None) -> CannotMap:
    with pytest.raises(CannotMap) as cannot:
        alerts_of(policy or fernhill(), source, body, NOW)
    return cannot.value


BODY = {"t": "Title", "k": "k1", "s": "trigger"}


class TestPagerDuty:
    """Events v2: refused is only what no event can be understood without."""

    @pytest.mark.parametrize(
        ("change", "errors"),
        [
            ({"event_action": None}, ["event_action is missing or empty"]),
            (
                {"event_action": "open"},
                ["event_action must be one of trigger, acknowledge, resolve, not 'open'"],
            ),
            ({"event_action": "resolve", "dedup_key": ""}, ["dedup_key is missing or empty"]),
            (
                {"event_action": "open", "dedup_key": ""},
                ["event_action must be one of trigger, acknowledge, resolve, not 'open'"],
            ),
        ],
    )
    def test_every_mistake_is_told(self, change: dict[str, Any], errors: list[str]) -> None:
        assert list(refused("pagerduty", sample("pagerduty__trigger") | change).errors) == errors

    @pytest.mark.parametrize(
        ("payload", "title", "severity"),
        [
            ({"summary": "s", "source": "db"}, "s", None),
            ({"summary": "s", "severity": "info"}, "s", "info"),
            ({"summary": "s", "source": "db", "severity": "Fatal"}, "s", "critical"),
            ({"summary": "s", "source": "db", "severity": "odd"}, "s", "odd"),
            ({"summary": "", "source": "db", "severity": "error"}, "An event of db", "error"),
            ({"custom_details": {"disk": "full"}}, "disk=full", None),
        ],
        ids=[
            "SigNoz/signoz#9536",
            "solana-foundation/solana-developer-platform#576",
            "elastic/docs-content#2777",
            "prometheus/alertmanager#3902",
            "vmw-loginsight/webhook-shims#60",
            "details alone",
        ],
    )
    def test_a_field_that_is_missing_or_odd_loses_no_page(
        self, payload: dict[str, Any], title: str, severity: str | None
    ) -> None:
        body: dict[str, Any] = {"event_action": "trigger", "payload": payload}
        (alert,) = alerts_of(fernhill(), "pagerduty", body, NOW)
        assert alert.report
        assert (alert.report.title, alert.report.labels.get("severity")) == (title, severity)

    def test_an_event_that_says_nothing_is_refused(self) -> None:
        assert "payload.summary" in str(refused("pagerduty", {"event_action": "trigger"}))

    def test_a_trigger_without_a_key_gets_a_new_one_each_time(self) -> None:
        body = sample("pagerduty__trigger")
        del body["dedup_key"]
        keys = {alerts_of(fernhill(), "pagerduty", body, NOW)[0].dedup_key for _ in range(3)}
        assert len(keys) == 3
        assert all(len(key) == 32 for key in keys)

    @pytest.mark.parametrize("length", [255, 1024, 70_000], ids=lambda n: f"alertmanager#1840-{n}")
    def test_no_length_loses_an_event_and_its_resolution_finds_it(self, length: int) -> None:
        body = sample("pagerduty__trigger") | {"dedup_key": "k" * length}
        body["payload"]["summary"] = "s" * length
        (alert,) = alerts_of(fernhill(), "pagerduty", body, NOW)
        assert alert.report
        assert len(alert.report.title) == min(length, 300)
        over = sample("pagerduty__resolve") | {"dedup_key": "k" * length}
        (resolved,) = alerts_of(fernhill(), "pagerduty", over, NOW)
        assert resolved.dedup_key == alert.dedup_key == bounded("k" * length)


class TestAlertmanager:
    """What a body leaves out is not over."""

    def test_alerts_that_were_left_out_are_told_and_not_resolved(self) -> None:
        body = sample("alertmanager__trigger") | {"truncatedAlerts": 7}
        (alert,) = alerts_of(fernhill(), "alertmanager", body, NOW)
        assert alert.action is AlertAction.TRIGGER
        assert alert.reason == "the sender left out 7 more alerts, which may still go on"

    def test_each_alert_has_its_own_state_and_all_have_the_group(self) -> None:
        body = sample("alertmanager__trigger")
        over = sample("alertmanager__resolve")["alerts"][0] | {"fingerprint": "ff"}
        body["alerts"].append(over)
        alerts = alerts_of(fernhill(), "alertmanager", body, NOW)
        assert [(alert.action, alert.dedup_key) for alert in alerts] == [
            ("trigger", "0a1b2c3d4e5f6071"),
            ("resolve", "ff"),
        ]
        assert {alert.group_key for alert in alerts} == {'{}:{alertname="DiskFull"}'}

    def test_one_that_is_not_understood_does_not_keep_the_others_out(self) -> None:
        body = sample("alertmanager__trigger")
        body["alerts"].append({"labels": {"a": "b"}, "status": "odd"})
        first, second = alerts_of(fernhill(), "alertmanager", body, NOW)
        assert first.action is AlertAction.TRIGGER
        assert second.action is AlertAction.IGNORE
        assert "state 'odd' is unknown; known are: firing, resolved" in second.reason

    def test_where_none_is_understood_the_body_is_refused(self) -> None:
        body = sample("alertmanager__trigger")
        body["alerts"][0]["status"] = "odd"
        assert "state 'odd' is unknown" in str(refused("alertmanager", body))

    @pytest.mark.parametrize(
        ("ends_at", "action"),
        [
            ("2026-03-01T10:00:00Z", "resolve"),
            ("2026-03-01T10:00:01Z", "trigger"),
            ("0001-01-01T00:00:00Z", "trigger"),
            (None, "trigger"),
        ],
    )
    def test_its_own_intake_says_by_a_time_what_is_over(self, ends_at: Any, action: str) -> None:
        body = sample("alertmanager__api_trigger")
        body[0]["endsAt"] = ends_at
        (alert,) = alerts_of(fernhill(), "alertmanager", body, NOW)
        assert alert.action == action


class TestEnvelopes:
    """SNS wraps a body once, Lambda twice, and words are no body."""

    @pytest.mark.parametrize("wrapped", [0, 1, 2])
    def test_an_alarm_is_the_same_in_any_of_them(self, wrapped: int) -> None:
        plain: Any = json.loads(sample("cloudwatch__alarm")["Message"])
        body: list[Any] = [
            plain,
            sample("cloudwatch__alarm"),
            {"Records": [{"Sns": sample("cloudwatch__alarm")}]},
        ]
        assert alerts_of(fernhill(), "cloudwatch", body[wrapped], NOW) == alerts_of(
            fernhill(), "cloudwatch", plain, NOW
        )

    def test_several_records_are_several_alerts(self) -> None:
        records: Any = [{"Sns": sample("cloudwatch__alarm")}, {"Sns": sample("cloudwatch__words")}]
        alerts = alerts_of(fernhill(), "cloudwatch", {"Records": records}, NOW)
        assert [alert.action for alert in alerts] == ["trigger", "trigger"]
        assert len({alert.dedup_key for alert in alerts}) == 2

    def test_a_confirmation_is_never_followed(self) -> None:
        (alert,) = alerts_of(fernhill(), "cloudwatch", sample("cloudwatch__confirmation"), NOW)
        assert alert.action is AlertAction.IGNORE
        assert "nothing is fetched from here" in alert.reason
        assert "169.254.169.254" not in alert.model_dump_json()


class TestForms:
    """The first form whose conditions hold counts; else it is told what each needs."""

    def test_what_each_form_would_need_is_told(self) -> None:
        assert str(refused("grafana", {"hello": 1})) == (
            "this is no body of Grafana: webhook needs alerts; legacy needs ruleName"
        )
        assert "confirmation needs Type SubscriptionConfirmation or" in str(
            refused("cloudwatch", {"Type": "Odd"})
        )

    def test_a_source_that_there_is_not(self) -> None:
        assert str(refused("libre", {})) == (
            "the policy has no source 'libre'; did you mean librenms or librato?"
        )
        assert str(refused("telegram", {})) == (
            "the policy has no source 'telegram'; its section is `sources`"
        )

    def test_no_alerts_in_the_list(self) -> None:
        assert alerts_of(policy_with(items="alerts"), "lab", {"alerts": []}, NOW) == ()
        no_list = refused("lab", {"alerts": 5}, policy_with(items="alerts"))
        assert str(no_list) == "alerts is not a list of alerts"


STATES = {"trigger": "*", "resolve": "ok*", "ignore": "ok for now"}


class TestAction:
    """The state by itself goes before a pattern, a pattern before anything."""

    @pytest.mark.parametrize(
        ("state", "action"),
        [("ok for now", "ignore"), ("OK again", "resolve"), ("burning", "trigger")],
    )
    def test_the_most_exact_counts(self, state: str, action: str) -> None:
        assert one(BODY | {"s": state}, states=STATES).action == action

    def test_a_body_that_says_no_state(self) -> None:
        body = {"t": "T", "k": "k"}
        assert "nothing gives the state" in str(refused("lab", body, policy_with()))

    @pytest.mark.parametrize(
        ("missing", "words"),
        [
            ("k", "nothing in it gives the key, from {k}"),
            ("t", "nothing in it gives the title, from {t}"),
        ],
    )
    def test_what_a_trigger_must_have(self, missing: str, words: str) -> None:
        assert str(refused("lab", BODY | {missing: " \u200e"}, policy_with())) == words

    def test_a_resolution_needs_no_title(self) -> None:
        alert = one({"k": "k1", "s": "resolve"})
        assert (alert.action, alert.report, alert.by) == ("resolve", None, "lab")


class TestWhen:
    """`*` in `when` is a value that says something."""

    @pytest.mark.parametrize("said", ["x", 0, False, [], {}])
    def test_any_value_is_there(self, said: Any) -> None:
        assert one({**BODY, "w": said}, when={"w": "*"}).dedup_key == "k1"

    @pytest.mark.parametrize("said", ["", " \u200e", None, "{EVENT.ID}"])
    def test_a_blank_one_and_a_place_that_was_not_filled_are_missing(self, said: Any) -> None:
        policy = policy_with(when={"w": "*"}, empty_values="{*}")
        assert "only needs w" in str(refused("lab", {**BODY, "w": said}, policy))


class TestService:
    """The catalogue's names where they fit, the source's own where not."""

    @pytest.mark.parametrize(
        ("said", "service"),
        [
            ("website", "website"),
            ("WEBSITE", "website"),
            ("Web shop", "website"),
            ("file share", "file-share"),
            ("Production XDB", "payments"),
            ("unheard of", "unheard of"),
            ("", ""),
        ],
    )
    def test_names(self, said: str, service: str) -> None:
        policy = policy_with(service="{v}")
        lab = policy.sources["lab"].model_copy(update={"services": {"production xdb": "payments"}})
        policy = policy.model_copy(update={"sources": {"lab": lab}})
        (alert,) = alerts_of(policy, "lab", {**BODY, "v": said}, NOW)
        assert alert.report
        assert alert.report.service == service

    @pytest.mark.parametrize(
        ("labels", "service"),
        [
            ({"service": "node-exporter", "app": "erp"}, "erp"),
            ({"service": "erp", "app": "node-exporter"}, "erp"),
            ({"service": "NODE-exporter", "app": "kubelet"}, ""),
        ],
    )
    def test_what_only_measures_is_passed_over(self, labels: Any, service: str) -> None:
        alert = one(
            BODY | {"l": labels},
            service=["{l.service|l.app}"],
            no_services=["*exporter", "kubelet"],
            labels_from="l",
        )
        assert alert.report
        assert alert.report.service == service
        assert alert.report.labels.items() >= labels.items()


class TestFitting:
    """No text of a body is too long or too odd for a report."""

    def test_everything_is_shortened_until_it_fits(self) -> None:
        long = "word " * 20_000
        alert = one(
            {
                "t": long,
                "k": long,
                "s": "trigger",
                "v": long,
                "l": {f"n{n}": long for n in range(80)},
            },
            **dict.fromkeys(("description", "service", "error_message", "by", "detail"), "{v}"),
            severity="{v}",
            labels_from="l",
            details="l",
        )
        assert alert.report
        assert alert.report.title.endswith("word…")
        assert len(alert.report.description) == 20_000
        assert len(alert.report.labels) == 50
        assert len(alert.dedup_key) == 212
        assert alert.report.dedup_key == f"lab:{alert.dedup_key}"

    def test_long_keys_that_differ_at_the_end_stay_apart(self) -> None:
        assert bounded("k" * 255) == "k" * 255
        assert bounded("k" * 300 + "1") != bounded("k" * 300 + "2")
        assert incident_key("a", "k") != incident_key("b", "k")
        assert len(incident_key("a" * 200, "k" * 255)) <= 255

    @pytest.mark.parametrize(
        ("said", "users"), [("12", 12), (0, 0), (-5, 0), ("many", 1), (10**12, 10**9), (None, 1)]
    )
    def test_users(self, said: Any, users: int) -> None:
        alert = one(BODY | {"u": said}, users_affected="{u}")
        assert alert.report
        assert alert.report.users_affected == users

    def test_a_time_in_the_future_is_left_out_and_told(self) -> None:
        alert = one(BODY | {"at": "2026-03-02T10:00:00Z"}, occurred_at="{at}")
        assert alert.report
        assert alert.report.occurred_at is None
        assert alert.reason == "2026-03-02T10:00:00Z lies in the future, so the time is left out"

    @pytest.mark.parametrize(
        ("link", "label"),
        [
            ("https://a.lan/x", "https://a.lan/x"),
            ("javascript:alert(1)", None),
            ("/check_mk/view.py", None),
            ("https://a.lan/" + "x" * 600, None),
        ],
    )
    def test_links(self, link: str, label: str | None) -> None:
        alert = one(BODY | {"link": link}, link="{link}")
        assert alert.report
        assert alert.report.labels.get("link") == label
        assert (link in alert.report.description) == (len(link) > 500)

    @pytest.mark.parametrize(
        ("said", "severity"),
        [
            *(("P1", "critical"), ("Fatal", "critical"), ("HIGH", "error"), ("minor", "warning")),
            *(("Notice", "info"), ("purple", "purple"), (3, "3")),
        ],
    )
    def test_the_usual_words_for_a_severity(self, said: Any, severity: str) -> None:
        alert = one(BODY | {"v": said}, severity="{v}")
        assert alert.report
        assert alert.report.labels == {"severity": severity}

    def test_our_severity_wins_over_a_label_of_that_name(self) -> None:
        alert = one(
            BODY | {"l": {"severity": "page", "x": "", "": "y"}},
            severity="{l.severity}",
            labels_from="l",
        )
        assert alert.report
        assert alert.report.labels == {"severity": "critical"}
