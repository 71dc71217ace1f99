"""The forms of Apprise's services, by the scheme of the URL. What is missing here is a chat."""

from standfast.incidents.channel_form import ChannelForm

_WHOLE = """
    json jsons xml xmls form forms apprise apprises amqp amqps rsyslog syslog
    mailto mailtos azure brevo mailersend mailgun o365 postmark resend sendgrid sendpulse ses
    smtp2go sparkpost
    betterstack firehydrant github goalert goalerts ilert incidentio jira lfg opsgenie pagerduty
    pagertree spike splunk squadcast victorops xmatters
"""
"""Mail, and systems that take a message in: they get all of it."""

_SMS = """
    46elks elks eight00com sns atalk bulksms bulkvs cm clicksend clickatell d7sms exotel freemobile
    infobip kaleyra klr kavenegar burstsms kudosity msg91 msgbird mobilemessage mobilemsg notifyre
    octopush plivo smseagle smseagles smsmanager smsmgr smsc smstunnel serwersms sinch sfr telesign
    telnyx twilio voipms nexmo vonage httpsms seven dapnet aprs
"""

_PUSH = """
    bark barks chanify fcm gorush gorushs gotify gotifys hassio hassios join kumulos lametric
    lametrics notica noticas onesignal parsep parseps prowl pushdeer pushdeers pushme pushward pbul
    pushed pjet pjets pover psafer psafers pushy schan signalgrid simplepush spush push vapid wpush
    pushplus qq wxpusher dot
"""

FORMS = {
    scheme: form
    for form, schemes in (
        (ChannelForm.MAIL, _WHOLE),
        (ChannelForm.SMS, _SMS),
        (ChannelForm.PUSH, _PUSH),
    )
    for scheme in schemes.split()
}
