"""Bodies that real monitors sent, where the folder with them is at hand."""

import json
import os
from pathlib import Path

import pytest

from standfast.decisions.mapping import alerts_in, read_body
from standfast.incidents.alert import CannotMap
from tests.decisions.mapping.bodies import NOW, fernhill

DATA = Path(os.environ.get("STANDFAST_TEST_DATA") or Path(__file__).parents[3] / "../shared/data")
BODIES = DATA / "webhooks"

pytestmark = pytest.mark.skipif(
    not BODIES.is_dir(), reason=f"there are no bodies in {BODIES}; STANDFAST_TEST_DATA names others"
)

CASE = "test_webhooks.WebhooksTestCase.setUp."
AZURE = "test_azuremonitor.AzureMonitoringWebhookTestCase.test_azuremonitor_webhook_"

# file: source, action, part of the title, service, severity, beginning of the key
# A body of several alerts has as many lines; `-` is nothing.
EXPECTED = f"""
alertmanager-prometheus__prom_post_request.json: alertmanager | trigger | Server High Memory usage | - | warning | alertname=high_memory_load
alertmanager-prometheus__prometheus.json: alertmanager | refused | this is no body of Prometheus Alertmanager
alertmanager-prometheus__{CASE}prometheus_v3_alert.json: alertmanager | trigger | Connect fail | System | critical | __name__=ping_success
alertmanager-prometheus__{CASE}prometheus_v4_alert.json: alertmanager | trigger | No things for over 10 minutes | - | critical | alertname=thing_dead
alertmanager__alert.json: alertmanager | trigger | High CPU core temperature | - | critical | a1bc48475b20e73d
alertmanager__alert.json: alertmanager | trigger | High CPU core temperature | - | critical | c2ea85182f28cbd9
alertmanager__prometheusalertmanager_test.json: alertmanager | trigger | My alert summary | - | - | alertname=TestAlert
alertmanager__single_alert.json: alertmanager | resolve | High CPU core temperature | - | critical | a1bc48475b20e73d
azuremonitor__{AZURE}classic.classic.json: azuremonitor | trigger | ruleName1 | mysite1 | - | /subscriptions/s1/
azuremonitor__{AZURE}classic.classic_1.json: azuremonitor | trigger | Alert_1_runscope12 | helixtest1 | - | /subscriptions/1a66
azuremonitor__{AZURE}new.new_metric_.json: azuremonitor | trigger | StorageCheck | diag500 | - | /subscriptions/0000
azuremonitor__{AZURE}new.new_metric__1.json: azuremonitor | resolve | CpuUtilHigh | web01 | info | /subscriptions/ba36
backup__messages_backup.json: backup | ignore | COMPLETED | - | - | BACKUP_JOB/
backup__messages_backup.json: backup | trigger | An AWS Backup job failed. | backup | error | BACKUP_JOB/
backup__messages_backup.json: backup | trigger | failed to complete in time | backup | error | BACKUP_JOB/
backup__messages_backup.json: backup | trigger | An AWS Copy job | backup | error | COPY_JOB/
checkly__checkly.json: checkly | resolve | API Check #1 | API Check #1 | info | 927a2982
checkmk__checkmk.json: checkmk | resolve | CheckMK server1 | server1 | info | server1
cloudwatch__cloudWatchLogEvent.json: cloudwatch | refused | this is no body of Amazon CloudWatch
cloudwatch__messages_cloudwatch_alarm.json: cloudwatch | resolve | DBMigrationRequired | - | - | 735598076380/
cloudwatch__{CASE}cloudwatch_insufficient_data.json: cloudwatch | ignore | notificationCountAlarm | - | - | 1234567890/
cloudwatch__{CASE}cloudwatch_notification.json: cloudwatch | trigger | bucketbytesAlarm | AWS/S3 | - | 1234567890/
cloudwatch__{CASE}cloudwatch_subscription_confirmation.json: cloudwatch | ignore | SubscriptionConfirmation | - | - | -
coralogix__coralogix.json: coralogix | trigger | Keep | - | error | 49a4afb5
datadog__datadog.json: datadog | refused | this is no body of Datadog
dms__messages_dms_notification.json: dms | trigger | Replication task has stopped. | hello-world | - | replication-task/hello-world
freshdesk__priority_changed.json: freshdesk | refused | no source 'freshdesk'
freshdesk__private_note.json: freshdesk | refused | no source 'freshdesk'
freshdesk__status_changed.json: freshdesk | refused | no source 'freshdesk'
grafana__grafana.json: grafana | refused | this is no body of Grafana
grafana__no_data_alert.json: grafana | trigger | No Data alert | - | - | 3
grafana__no_message_alert.json: grafana | trigger | No Message alert | - | - | 4
grafana__{CASE}grafana_6.json: grafana | trigger | Battery Voltage alert | Physical | warning | 58
grafana__{CASE}grafana_alert_alerting.json: grafana | trigger | CPU alert | - | - | 7
grafana__{CASE}grafana_alert_ok.json: grafana | resolve | CPU alert | - | - | 7
grafana__{CASE}grafana_example.json: grafana | trigger | Load peaking! | - | - | 1
graylog__graylog.json: graylog | trigger | Event - 1 | - | error | 671a28a0
guardduty__events_guardduty_finding_high.json: guardduty | trigger | Unprotected port on EC2 | - | critical | sample-id-2
guardduty__events_guardduty_finding_medium.json: guardduty | trigger | Unprotected port on EC2 | - | warning | sample-id-2
guardduty__messages_guardduty_malware_protection_object_scan_result.json: guardduty | trigger | EICAR | amzn-s3-demo-bucket | critical | amzn-s3-demo-bucket/
insping__website_state_available.json: insping | resolve | test: Available | test | - | 5630
librato__alert.json: librato | trigger | alert.name | - | - | 6294535
librato__three_conditions_alert.json: librato | trigger | ToHighTemeprature | - | - | 6294535
libre__libre_nms.json: librenms | resolve | Device 10.10.1.147 recovered | node | info | 2/13
libre__libre_nms_1.json: librenms | refused | this is no body of LibreNMS
libre__libre_nms_2.json: librenms | refused | this is no body of LibreNMS
msteams__test_msteamswebhook.MsteamsWebhookTestCase.test_msteamswebhook.payload_cmd.json: msteams | refused | no source 'msteams'
newrelic__alert.txt: newrelic | trigger | Apdex score fell below critical level | Application name | critical | https://rpm
newrelic__{CASE}new_relic_notification.json: newrelic | trigger | Test Condition | - | info | 0
opsgenie__addnote.json: opsgenie | ignore | test alert | - | - | 052652ac
opsgenie__unacknowledge.json: opsgenie | trigger | test alert | - | - | 052652ac
pagerduty__acknowledge.json: pagerduty-webhooks | ignore | It is on fire | - | - | PO1XIJ5
pagerduty__acknowledge.json: pagerduty-webhooks | acknowledge | It is on fire | Test service | - | PO1XIJ5
pagerduty__assign_v2.json: pagerduty-webhooks | ignore | Assigned to Wiley Jacobson | - | - | PRORDTY
pagerduty__auto_resolved.json: pagerduty-webhooks | resolve | new | Test service | - | PX7K9J2
pagerduty__mp_fail.json: pagerduty-webhooks | resolve | mp_error_block_down_critical | MP API | - | PJKGZF9
pagerduty__resolve_v2.json: pagerduty-webhooks | resolve | My new incident | Production XDB Cluster | error | PRORDTY
pagerduty__resolved.json: pagerduty-webhooks | resolve | It is on fire | Test service | - | PO1XIJ5
pagerduty__trigger_v2.json: pagerduty-webhooks | trigger | My new incident | Production XDB Cluster | error | PRORDTY
pagerduty__unacknowledge.json: pagerduty-webhooks | trigger | foo | Test service | - | P140S4Y
pingdom__http_up_to_down.json: pingdom | trigger | Test check is DOWN | someurl.com | - | 2048467
pingdom__{CASE}pingdom_up.json: pingdom | resolve | Alerta API on OpenShift | api.alerta.io | error | 803318
raygun__comment_added_to_error.json: raygun | ignore | Script Error | - | - | https://app.raygun.com/error-url
raygun__one_minute_followup_error.json: raygun | trigger | Error in application name | application name | error | http://app.raygun.io/error-url
raygun__reoccurred_error.json: raygun | trigger | Error in application name | application name | error | http://app.raygun.io/error-url
sentry__event_for_exception_golang.json: sentry | trigger | unsupported protocol scheme | zulip-integration-testing | error | 1637164584
sentry__event_for_exception_node.json: sentry | trigger | Sample error from node. | zulip-integration-testing | error | 1638852747
sentry__event_for_exception_python.json: sentry | trigger | Custom exception! | zulip-integration-testing | error | 1635244907
sentry__event_for_message_node.json: sentry | trigger | Test event from node. | zulip-integration-testing | info | 1638840427
sentry__issue_assigned_to_individual.json: sentry | ignore | A test message event | - | - | 1638844654
sentry__issue_created_for_exception.json: sentry | trigger | Custom exception! | zulip-integration-testing | error | 1635244907
sentry__issue_created_for_message.json: sentry | trigger | A simple message-based issue. | zulip-integration-testing | info | 1635261062
sentry__issue_resolved.json: sentry | resolve | program has entered an invalid state. | zulip-integration-testing | error | 1638821441
servicenow__test_servicenow_provider.TestGetIncidentActivities.test_get_activities_by_number.return_va.json: servicenow | refused | no source 'servicenow'
signalfx__signalfx.json: signalfx | refused | this is no body of Splunk Observability
splunk__missing_results_link.json: splunk | trigger | sudo | - | - | search/sudo
splunk__missing_source.json: splunk | trigger | sudo | - | - | search/sudo
stackdriver__gcpmonitoring.json: stackdriver | refused | this is no body of Google Cloud Monitoring
statuspage__incident_created.json: statuspage | trigger | Database query delays | Management Portal (example) | info | z3lct0r596n4
statuspage__incident_update.json: statuspage | resolve | Database query delays | Management Portal (example) | info | z3lct0r596n4
telegram__{CASE}telegram_ack.json: telegram | refused | no source 'telegram'
telegram__{CASE}telegram_close.json: telegram | refused | no source 'telegram'
text_message__messages_text_message.json: text_message | refused | no source 'text_message'
updown__check_down_one_event.json: updown | trigger | https://updown.io is down | updown.io | - | ngg8
updown__check_multiple_events.json: updown | trigger | https://updown.io is down | updown.io | - | ngg8
updown__check_multiple_events.json: updown | resolve | https://updown.io is down | updown.io | - | ngg8
updown__check_up_again_one_event.json: updown | resolve | https://updown.io is down | updown.io | - | ngg8
vrealize__{CASE}vmware_vrealize.json: vrealize | trigger | sample-info | sample-object-name | warning | sample-alert-uuid
zabbix__zabbix_alert.json: zabbix | trigger | is unreachable for 5 minutes | www.example.com | warning | www.example.com/Zabbix agent
zabbix__zabbix_invalid_payload_with_missing_data.json: zabbix | trigger | is unreachable for 5 minutes | - | warning | Zabbix agent
"""  # noqa: E501

EXPECTED_OF: dict[str, list[list[str]]] = {}
for line in EXPECTED.strip().splitlines():
    file, _, cells = line.partition(": ")
    row = ["" if cell.strip() == "-" else cell.strip() for cell in cells.split(" | ")]
    EXPECTED_OF.setdefault(file, []).append(row)


def become(file: str, source: str) -> list[list[str]]:
    try:
        alerts = alerts_in(fernhill(), source, read_body((BODIES / file).read_bytes()), NOW)
    except CannotMap as cannot:
        return [[source, "refused", str(cannot)]]
    rows = []
    for alert in alerts:
        report = alert.report
        title = report.title if report else alert.detail
        severity = report.labels.get("severity", "") if report else ""
        service = report.service if report else ""
        rows.append([source, str(alert.action), title, service, severity, alert.dedup_key])
    return rows


@pytest.mark.parametrize("file", EXPECTED_OF)
def test_a_body_becomes_what_a_person_would_expect(file: str) -> None:
    expected = EXPECTED_OF[file]
    got = become(file, expected[0][0])
    assert [row[:2] for row in got] == [row[:2] for row in expected]
    for is_, wanted in zip(got, expected, strict=True):
        assert wanted[2] in is_[2]
        assert is_[3:5] == wanted[3:5]
        assert not wanted[5:] or is_[5].startswith(wanted[5])


def test_every_body_has_its_line() -> None:
    files = {file.name for file in BODIES.iterdir() if file.suffix in (".json", ".txt")}
    assert files == {*EXPECTED_OF}


@pytest.mark.parametrize("file", EXPECTED_OF)
def test_no_source_breaks_on_the_body_of_another(file: str) -> None:
    for source in fernhill().sources:
        assert become(file, source) is not None


def test_an_issue_of_sentry_and_its_event_are_one_incident() -> None:
    (issue,) = become("sentry__issue_created_for_exception.json", "sentry")
    (event,) = become("sentry__event_for_exception_python.json", "sentry")
    assert issue[-1] == event[-1]


def test_delivered_twice_it_is_the_same() -> None:
    for file, expected in EXPECTED_OF.items():
        first, second = (json.dumps(become(file, expected[0][0])) for _ in range(2))
        assert first == second
