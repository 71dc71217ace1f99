"""The shipped sources, on bodies that we wrote: one a source and state."""

import pytest

from standfast.incidents.alert import AlertAction
from standfast.incidents.dedup_keys import incident_key
from tests.decisions.mapping.bodies import NOW, SAMPLES, fernhill, mapped

# sample | action | title | service | severity | key
TABLE = """
alertmanager__api_resolve | resolve | Disk full |  | warning | alertname=DiskFull, instance=db-7
alertmanager__api_trigger | trigger | Disk full |  | warning | alertname=DiskFull, instance=db-7
alertmanager__resolve | resolve | Disk of db-7 is full | erp | critical | 0a1b2c3d4e5f6071
alertmanager__trigger | trigger | Disk of db-7 is full | erp | critical | 0a1b2c3d4e5f6071
azuremonitor__classic_activated | trigger | Old on site1 | site1 |  | /rules/Old//r/site1
azuremonitor__classic_resolved | resolve | Old on site1 | site1 |  | /rules/Old//r/site1
azuremonitor__fired | trigger | CPU of web01 | web01 | error | s_rg_cpu_1
azuremonitor__metric_activated | trigger | Store on diag1 | diag1 | info | /rules/S//r/diag1
azuremonitor__metric_deactivated | resolve | Store on diag1 | diag1 | info | /rules/S//r/diag1
azuremonitor__resolved | resolve | CPU of web01 | web01 | error | s_rg_cpu_1
backup__completed | ignore | BACKUP_JOB COMPLETED: Job COMPLETED. |  |  | BACKUP_JOB/j2
backup__failed | trigger | BACKUP_JOB FAILED: Job FAILED. | backup | error | BACKUP_JOB/j1
checkly__failure | trigger | Cart has failed | website | critical | c-1
checkly__recovery | resolve | Cart has recovered | website | info | c-1
checkmk__acknowledgement | acknowledge | Checkmk db-7/Disk - CRITICAL | Disk | critical | db-7/Disk
checkmk__downtime | ignore | Checkmk db-7/Disk - OK |  |  | db-7/Disk
checkmk__problem | trigger | Checkmk db-7/Disk - OK -> CRITICAL | Disk | critical | db-7/Disk
checkmk__recovery | resolve | Checkmk db-7/Disk - CRITICAL -> OK | Disk | info | db-7/Disk
cloudwatch__alarm | trigger | QueueDeep | AWS/SQS |  | arn:aws:cloudwatch:eu:1:alarm:Queue
cloudwatch__confirmation | ignore | SNS: SubscriptionConfirmation |  |  |
cloudwatch__event | trigger | QueueDeep |  |  | arn:aws:cloudwatch:eu:1:alarm:Queue
cloudwatch__insufficient | ignore | QueueDeep |  |  | arn:aws:cloudwatch:eu:1:alarm:Queue
cloudwatch__ok | resolve | QueueDeep | AWS/SQS |  | arn:aws:cloudwatch:eu:1:alarm:Queue
cloudwatch__words | trigger | Hello |  |  | arn:aws:sns:eu-west-1:1:alarms Hello
coralogix__resolve | resolve | Errors | erp | critical | cx1
coralogix__trigger | trigger | Errors | erp | critical | cx1
datadog__recovered | resolve | API latency |  | error | 900/host:api-1
datadog__triggered | trigger | API latency |  | error | 900/host:api-1
dms__failed | trigger | orders: Replication task has failed. | orders |  | replication-task/orders
dms__started | resolve | orders: Replication task has started. | orders |  | replication-task/orders
generic__acknowledged | acknowledge | Queue deep | erp |  | Queue deep erp mq-1
generic__firing | trigger | Queue deep | erp | error | Queue deep erp mq-1
generic__ping | ignore | Hello |  |  | 7
generic__recovered | resolve | Queue deep | erp |  | Queue deep erp mq-1
grafana__legacy_alerting | trigger | Oven too hot |  | critical | 12
grafana__legacy_no_data | trigger | Oven too hot |  | critical | 12
grafana__legacy_ok | resolve | Oven too hot |  | critical | 12
grafana__legacy_paused | ignore | Oven too hot |  |  | 12
grafana__resolve | resolve | Checkout is slow |  | warning | 77aa
grafana__trigger | trigger | Checkout is slow |  | warning | 77aa
graylog__event | trigger | Logins fail |  | error | d1/sso
guardduty__finding | trigger | Port of i-1 is probed |  | error | f1
guardduty__malware | trigger | Malware in uploads/a.exe: EICAR | uploads | critical | uploads/a.exe
insping__available | resolve | website: Available | website |  | 5
insping__not_responding | trigger | website: Not Responding | website |  | 5
librato__clear | resolve | Heap |  |  | 62
librato__trigger | trigger | Heap |  |  | 62
librenms__acknowledged | acknowledge | db-7 devices up/down | db-7.lan | critical | 2/13
librenms__down | trigger | db-7 devices up/down | db-7.lan | critical | 2/13
librenms__up | resolve | db-7 devices up/down | db-7.lan | info | 2/13
newrelic__acknowledged | acknowledge | Apdex low | website | critical | 31
newrelic__closed | resolve | Apdex low | website | critical | 31
newrelic__legacy_ended | resolve | Shop: Ping failed | Shop | critical | https://rpm.newrelic.com/i/4
newrelic__legacy_opened | trigger | Shop: Ping failed | Shop | critical | https://rpm.newrelic.com/i/4
newrelic__open | trigger | Apdex low | website | critical | 31
opsgenie__acknowledge | acknowledge | Backup late | file-share | critical | aa-1
opsgenie__addnote | ignore | Backup late |  |  | aa-1
opsgenie__close | resolve | Backup late | file-share | critical | aa-1
opsgenie__create | trigger | Backup late | file-share | critical | aa-1
pagerduty-changes__change | ignore | Deployed shop 4.2 |  |  |
pagerduty-webhooks__acknowledge | acknowledge | Checkout slow | payments | error | PINC1
pagerduty-webhooks__ignore | ignore | Checkout slow |  |  | PINC1
pagerduty-webhooks__resolve | resolve | Checkout slow | payments | error | PINC1
pagerduty-webhooks__trigger | trigger | Checkout slow | payments | error | PINC1
pagerduty-webhooks__v1_acknowledge | acknowledge | Ice | erp |  | PV1
pagerduty-webhooks__v1_trigger | trigger | Ice | erp |  | PV1
pagerduty-webhooks__v2_resolve | resolve | Fire | erp | info | PV2
pagerduty-webhooks__v2_trigger | trigger | Fire | erp | info | PV2
pagerduty__acknowledge | acknowledge |  |  |  | db-7/disk
pagerduty__resolve | resolve |  |  |  | db-7/disk
pagerduty__trigger | trigger | Disk 95 % full | erp | critical | db-7/disk
pingdom__down | trigger | Front page is DOWN | shop.lan | error | 11
pingdom__up | resolve | Front page is UP | shop.lan | error | 11
raygun__comment | ignore | website: TypeError: x |  |  | https://app.raygun.com/e/1
raygun__new | trigger | website: TypeError: x | website | error | https://app.raygun.com/e/1
sentry__assigned | ignore | KeyError: 'price' |  |  | 77
sentry__created | trigger | KeyError: 'price' | website | error | 77
sentry__event | trigger | KeyError: 'price' | website | critical | 77
sentry__legacy | trigger | KeyError: 'price' | website | error | 77
sentry__metric_critical | trigger | Error rate | website | critical | 3
sentry__metric_resolved | resolve | Error rate | website | info | 3
sentry__resolved | resolve | KeyError: 'price' | website | error | 77
signalfx__anomalous | trigger | Consumer lag | erp | error | sf1
signalfx__ok | resolve | Consumer lag | erp | error | sf1
splunk__search | trigger | Failed sudo |  |  | search/Failed sudo
stackdriver__closed | resolve | Shop: 5xx over 5 % | website | error | 0.abc
stackdriver__open | trigger | Shop: 5xx over 5 % | website | error | 0.abc
statuspage__component_operational | resolve | API: operational | API | info | c9
statuspage__component_outage | trigger | API: major_outage | API | critical | c9
statuspage__investigating | trigger | Payments delayed | API | error | i1
statuspage__resolved | resolve | Payments delayed | API | error | i1
updown__down | trigger | website is down | website |  | tk1
updown__up | resolve | website is down | website |  | tk1
vrealize__active | trigger | Datastore fills | ds-1 | error | v1
vrealize__canceled | resolve | Datastore fills | ds-1 | error | v1
zabbix__ok | resolve | PostgreSQL is down on db-7 | db-7 | critical | 140/db-7
zabbix__problem | trigger | PostgreSQL is down on db-7 | db-7 | critical | 140/db-7
"""
ROWS = [[cell.strip() for cell in line.split(" | ")] for line in TABLE.strip().splitlines()]

SEQUENCES = [
    # Alerts of one problem, as they come one after the other.
    "pagerduty: trigger acknowledge resolve",
    "pagerduty-webhooks: trigger acknowledge resolve",
    "pagerduty-webhooks: v2_trigger v2_resolve",
    "pagerduty-webhooks: v1_trigger v1_acknowledge",
    "alertmanager: trigger resolve",
    "alertmanager: api_trigger api_resolve",
    "grafana: trigger resolve",
    "grafana: legacy_alerting legacy_no_data legacy_ok",
    "cloudwatch: alarm event insufficient ok",
    "dms: failed started",
    "sentry: created event legacy assigned resolved",
    "sentry: metric_critical metric_resolved",
    "azuremonitor: fired resolved",
    "azuremonitor: metric_activated metric_deactivated",
    "azuremonitor: classic_activated classic_resolved",
    "stackdriver: open closed",
    "pingdom: down up",
    "opsgenie: create acknowledge addnote close",
    "zabbix: problem ok",
    "datadog: triggered recovered",
    "newrelic: open acknowledged closed",
    "newrelic: legacy_opened legacy_ended",
    "updown: down up",
    "insping: not_responding available",
    "checkly: failure recovery",
    "checkmk: problem acknowledgement recovery",
    "librenms: down acknowledged up",
    "librato: trigger clear",
    "coralogix: trigger resolve",
    "signalfx: anomalous ok",
    "statuspage: investigating resolved",
    "statuspage: component_outage component_operational",
    "vrealize: active canceled",
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_each_sample_is_the_alert_that_a_person_would_expect(row: list[str]) -> None:
    name, action, title, service, severity, key = [*row, ""][:6]
    (alert,) = mapped(name)
    report = alert.report
    assert (alert.action, alert.dedup_key) == (action, key)
    assert (report.title if report else alert.detail) == title
    if report:
        assert (report.service, report.labels.get("severity", "")) == (service, severity)
        source = name.partition("__")[0]
        assert report.dedup_key == incident_key(source, key)
        assert (report.reporter, report.channel) == (source, "monitor")
        assert report.occurred_at is None or report.occurred_at < NOW
    assert report or action != AlertAction.TRIGGER
    assert alert.reason or action != AlertAction.IGNORE


def test_every_sample_has_its_row() -> None:
    assert [row[0] for row in ROWS] == sorted(file.stem for file in SAMPLES.iterdir())


@pytest.mark.parametrize("line", SEQUENCES)
def test_a_sequence_acts_on_one_incident(line: str) -> None:
    source, _, names = line.partition(": ")
    keys = {mapped(f"{source}__{name}")[0].dedup_key for name in names.split()}
    assert len(keys) == 1
    assert "" not in keys


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_delivered_twice_it_says_the_same(row: list[str]) -> None:
    assert mapped(row[0]) == mapped(row[0])


def test_no_key_of_a_sender_is_told() -> None:
    for row in ROWS:
        assert not any("R" * 32 in alert.model_dump_json() for alert in mapped(row[0]))


def test_by_default_no_monitor_resolves_and_alertmanager_is_told_503() -> None:
    sources = fernhill().sources
    assert not any(source.resolves or source.signature for source in sources.values())
    shed = {name for name, source in sources.items() if source.busy_status == 503}
    assert shed == {"alertmanager", "grafana"}
