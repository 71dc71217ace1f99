-- What the code of version 5 of the tables (4420695) wrote. Made by running that code; never edited.
CREATE TABLE standfast_schema (
  version INTEGER NOT NULL
);
CREATE TABLE incidents (
  number INTEGER NOT NULL,
  incident_id VARCHAR(32) NOT NULL,
  episode INTEGER NOT NULL,
  title TEXT NOT NULL,
  service TEXT NOT NULL,
  category TEXT,
  priority VARCHAR(2),
  outcome VARCHAR(16),
  resolution TEXT NOT NULL,
  opened_at DATETIME NOT NULL,
  closed_at DATETIME,
  document TEXT NOT NULL,
  PRIMARY KEY (number),
  UNIQUE (incident_id, episode)
);
CREATE INDEX ix_incidents_closed_at ON incidents (closed_at);
CREATE TABLE timeline (
  incident_id VARCHAR(32) NOT NULL,
  episode INTEGER NOT NULL,
  number INTEGER NOT NULL,
  entry TEXT NOT NULL,
  PRIMARY KEY (incident_id, episode, number)
);
CREATE TABLE deliveries (
  "key" VARCHAR(255) NOT NULL,
  recipient TEXT NOT NULL,
  digest VARCHAR(64) NOT NULL,
  channel TEXT NOT NULL,
  state VARCHAR(16) NOT NULL,
  at DATETIME NOT NULL,
  detail TEXT NOT NULL,
  PRIMARY KEY ("key")
);
CREATE TABLE pages (
  "key" VARCHAR(255) NOT NULL,
  recipient TEXT NOT NULL,
  team TEXT NOT NULL,
  incident_id VARCHAR(32) NOT NULL,
  priority VARCHAR(2) NOT NULL,
  title TEXT NOT NULL,
  came_at DATETIME NOT NULL,
  claim VARCHAR(64),
  lease_until DATETIME,
  PRIMARY KEY ("key")
);
CREATE INDEX pages_to_one_person ON pages (recipient, team, came_at);
CREATE TABLE remediations (
  "key" VARCHAR(255) NOT NULL,
  incident_id VARCHAR(32) NOT NULL,
  runbook TEXT NOT NULL,
  target TEXT NOT NULL,
  "plan" TEXT NOT NULL,
  undoing_because TEXT,
  fence INTEGER NOT NULL,
  lease_until DATETIME NOT NULL,
  started_at DATETIME NOT NULL,
  ended_at DATETIME,
  outcome VARCHAR(16),
  result TEXT,
  PRIMARY KEY ("key")
);
CREATE INDEX ix_remediations_target ON remediations (target);
CREATE INDEX ix_remediations_started_at ON remediations (started_at);
CREATE INDEX ix_remediations_ended_at ON remediations (ended_at);
CREATE TABLE remediation_steps (
  "key" VARCHAR(255) NOT NULL,
  number INTEGER NOT NULL,
  undoing BOOLEAN NOT NULL,
  state VARCHAR(16) NOT NULL,
  words TEXT NOT NULL,
  result TEXT,
  at DATETIME NOT NULL,
  PRIMARY KEY ("key", number, undoing)
);
CREATE TABLE silences (
  id VARCHAR(16) NOT NULL,
  matcher TEXT NOT NULL,
  starts DATETIME NOT NULL,
  ends DATETIME NOT NULL,
  "by" TEXT NOT NULL,
  reason TEXT NOT NULL,
  created_at DATETIME NOT NULL,
  ended_by TEXT NOT NULL,
  ended_at DATETIME,
  PRIMARY KEY (id)
);
CREATE INDEX ix_silences_ends ON silences (ends);
CREATE TABLE silenced_incidents (
  silence_id VARCHAR(16) NOT NULL,
  incident_id VARCHAR(32) NOT NULL,
  at DATETIME NOT NULL,
  woken_at DATETIME,
  PRIMARY KEY (silence_id, incident_id)
);
CREATE TABLE overrides (
  number INTEGER NOT NULL,
  id VARCHAR(16) NOT NULL,
  team TEXT NOT NULL,
  tier TEXT NOT NULL,
  person TEXT NOT NULL,
  starts DATETIME NOT NULL,
  ends DATETIME NOT NULL,
  "by" TEXT NOT NULL,
  reason TEXT NOT NULL,
  instead_of TEXT NOT NULL,
  swap VARCHAR(16) NOT NULL,
  created_at DATETIME NOT NULL,
  ended_by TEXT NOT NULL,
  ended_at DATETIME,
  PRIMARY KEY (number),
  UNIQUE (id)
);
CREATE INDEX ix_overrides_ends ON overrides (ends);
CREATE TABLE repeats (
  incident_id VARCHAR(32) NOT NULL,
  counter VARCHAR(32) NOT NULL,
  total INTEGER NOT NULL,
  told INTEGER NOT NULL,
  report TEXT NOT NULL,
  changed_at DATETIME NOT NULL,
  PRIMARY KEY (incident_id)
);
CREATE INDEX ix_repeats_changed_at ON repeats (changed_at);
CREATE TABLE worse_repeats (
  incident_id VARCHAR(32) NOT NULL,
  words VARCHAR(64) NOT NULL,
  users INTEGER NOT NULL,
  report TEXT NOT NULL,
  at DATETIME NOT NULL,
  PRIMARY KEY (incident_id, words)
);
CREATE INDEX ix_worse_repeats_at ON worse_repeats (at);
CREATE TABLE groups (
  name VARCHAR(64) NOT NULL,
  incident_key VARCHAR(255) NOT NULL,
  opened_at DATETIME NOT NULL,
  PRIMARY KEY (name)
);
CREATE TABLE group_members (
  alert_key VARCHAR(255) NOT NULL,
  incident_key VARCHAR(255) NOT NULL,
  firing BOOLEAN NOT NULL,
  heard_at DATETIME NOT NULL,
  PRIMARY KEY (alert_key)
);
CREATE INDEX ix_group_members_incident_key ON group_members (incident_key);
CREATE TABLE webhooks_seen (
  "key" VARCHAR(64) NOT NULL,
  answer TEXT NOT NULL,
  at DATETIME NOT NULL,
  PRIMARY KEY ("key")
);
CREATE INDEX ix_webhooks_seen_at ON webhooks_seen (at);
CREATE TABLE mails_seen (
  fingerprint VARCHAR(64) NOT NULL,
  message VARCHAR(64) NOT NULL,
  incident_id VARCHAR(32) NOT NULL,
  answer TEXT NOT NULL,
  at DATETIME NOT NULL,
  PRIMARY KEY (fingerprint)
);
CREATE INDEX ix_mails_seen_at ON mails_seen (at);
CREATE INDEX ix_mails_seen_message ON mails_seen (message);
CREATE TABLE tokens (
  id VARCHAR(16) NOT NULL,
  name TEXT NOT NULL,
  role VARCHAR(16) NOT NULL,
  source TEXT NOT NULL,
  fingerprint VARCHAR(64) NOT NULL,
  created_at DATETIME NOT NULL,
  revoked_at DATETIME,
  PRIMARY KEY (id),
  UNIQUE (fingerprint)
);
CREATE TABLE idempotency (
  caller VARCHAR(64) NOT NULL,
  "key" VARCHAR(255) NOT NULL,
  body VARCHAR(64) NOT NULL,
  attempt VARCHAR(36) NOT NULL,
  lease_until DATETIME NOT NULL,
  answer TEXT,
  at DATETIME NOT NULL,
  PRIMARY KEY (caller, "key")
);
CREATE INDEX ix_idempotency_at ON idempotency (at);
CREATE TABLE findings (
  "key" VARCHAR(255) NOT NULL,
  kind VARCHAR(32) NOT NULL,
  document TEXT NOT NULL,
  found_at DATETIME NOT NULL,
  told_at DATETIME,
  gone_at DATETIME,
  claim VARCHAR(64),
  lease_until DATETIME,
  PRIMARY KEY ("key")
);
CREATE TABLE repairs (
  "key" VARCHAR(255) NOT NULL,
  incident_id VARCHAR(32) NOT NULL,
  episode INTEGER NOT NULL,
  "by" TEXT NOT NULL,
  began_at DATETIME NOT NULL,
  lease_until DATETIME NOT NULL,
  new_run_id VARCHAR(64),
  PRIMARY KEY ("key")
);
CREATE INDEX ix_repairs_incident_id ON repairs (incident_id);
CREATE TABLE projections (
  incident_id VARCHAR(32) NOT NULL,
  episode INTEGER NOT NULL,
  run_id VARCHAR(64) NOT NULL,
  task INTEGER NOT NULL,
  as_of DATETIME NOT NULL,
  next_due DATETIME,
  waits_for_person BOOLEAN NOT NULL,
  document TEXT NOT NULL,
  PRIMARY KEY (incident_id)
);
CREATE INDEX ix_projections_next_due ON projections (next_due);
CREATE VIRTUAL TABLE incident_words USING fts5(title, body, tokenize = 'porter unicode61 remove_diacritics 2');
INSERT INTO standfast_schema ("version") VALUES (5);
INSERT INTO incidents ("number", "incident_id", "episode", "title", "service", "category", "priority", "outcome", "resolution", "opened_at", "closed_at", "document") VALUES (1,'INC-AAAAAAAAAA',1,'Printer on fire','printers','hardware','P2','resolved','Put it out','2026-11-24 08:45:00.000000','2026-11-24 12:00:00.123456','{"incident_id":"INC-AAAAAAAAAA","episode":1,"title":"Printer on fire","status":"closed","stage":"close","path":["report","triage","classify"],"priority":"P2","impact":null,"urgency":null,"scope":null,"category":"hardware","subcategory":null,"confidence":null,"high_impact":null,"critical":null,"team":null,"tier":null,"assignee":null,"acknowledged_by":null,"on_hold":null,"quiet_until":null,"commander":null,"breaches":[],"reopened":0,"related":[],"merged_into":null,"next_pages":[],"occurrences":1,"reporters":["mia"],"decisions":[],"waiting_for":[],"evidence":[],"similar":[],"approval":null,"remediation":null,"resolution":{"by":"ana","summary":"Put it out","steps":[],"root_cause":"","workaround":false,"at":"2026-11-24T12:00:00.123456Z"},"outcome":"resolved","opened_at":"2026-11-24T10:45:00+02:00","closed_at":"2026-11-24T12:00:00.123456Z","report":{"title":"Printer on fire","description":"","service":"printers","reporter":"mia","channel":"api","users_affected":1,"impact_statement":"","error_message":"","occurred_at":null,"labels":{},"dedup_key":""},"latest":null,"ledger":[],"worse":null,"pinned_by":null,"timeline":[{"number":3,"at":"2026-11-24T10:48:00+02:00","box":"resolve","event":"closed","actor":"ana","detail":"","person":null,"why":null}],"timeline_archived":2}');
INSERT INTO timeline ("incident_id", "episode", "number", "entry") VALUES ('INC-AAAAAAAAAA',1,1,'{"number":1,"at":"2026-11-24T10:46:00+02:00","box":"resolve","event":"reported","actor":"ana","detail":"","person":null,"why":null}');
INSERT INTO timeline ("incident_id", "episode", "number", "entry") VALUES ('INC-AAAAAAAAAA',1,2,'{"number":2,"at":"2026-11-24T10:47:00+02:00","box":"resolve","event":"comment","actor":"ana","detail":"","person":null,"why":null}');
INSERT INTO deliveries ("key", "recipient", "digest", "channel", "state", "at", "detail") VALUES ('INC-AAAAAAAAAA:1:page-1:1','ana','dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd','mail (json)','delivered','2026-11-29 14:04:57.839412','');
INSERT INTO deliveries ("key", "recipient", "digest", "channel", "state", "at", "detail") VALUES ('INC-BBBBBBBBBB:1:page-1:1','ana','ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff','','held','2026-11-29 14:04:58.237440','');
INSERT INTO pages ("key", "recipient", "team", "incident_id", "priority", "title", "came_at", "claim", "lease_until") VALUES ('INC-BBBBBBBBBB:1:page-1:1','ana','applications','INC-BBBBBBBBBB','P3','Disk full','2026-11-29 14:04:58.237440',NULL,NULL);
INSERT INTO remediations ("key", "incident_id", "runbook", "target", "plan", "undoing_because", "fence", "lease_until", "started_at", "ended_at", "outcome", "result") VALUES ('INC-AAAAAAAAAA:1:automated_resolution:1','INC-AAAAAAAAAA','restart','host web-1','{"title": "Restart"}',NULL,1,'2026-11-29 14:04:58.143976','2026-11-29 14:04:57.868711','2026-11-29 14:04:58.143976','succeeded','{"summary": "Restarted"}');
INSERT INTO remediation_steps ("key", "number", "undoing", "state", "words", "result", "at") VALUES ('INC-AAAAAAAAAA:1:automated_resolution:1',1,0,'done','exit code 0',NULL,'2026-11-29 14:04:58.017418');
INSERT INTO silences ("id", "matcher", "starts", "ends", "by", "reason", "created_at", "ended_by", "ended_at") VALUES ('SIL-LYEHRU','{"services":["shop"],"categories":[],"teams":[],"priorities":[],"labels":{},"words":[],"everything":false}','2026-11-24 12:00:00.000000','2026-11-24 13:00:00.000000','ana','upgrade','2026-11-29 14:04:58.202777','',NULL);
INSERT INTO silenced_incidents ("silence_id", "incident_id", "at", "woken_at") VALUES ('SIL-LYEHRU','INC-AAAAAAAAAA','2026-11-29 14:04:58.206449',NULL);
INSERT INTO overrides ("number", "id", "team", "tier", "person", "starts", "ends", "by", "reason", "instead_of", "swap", "created_at", "ended_by", "ended_at") VALUES (1,'OVR-A75M57','applications','L1','ben','2026-11-24 12:00:00.000000','2026-11-24 20:00:00.000000','ana','dentist','','','2026-11-29 14:04:58.226837','',NULL);
INSERT INTO repeats ("incident_id", "counter", "total", "told", "report", "changed_at") VALUES ('INC-BBBBBBBBBB','4bbca300e53347328db42bb60f8ec97b',4,0,'{"title":"Disk full","description":"","service":"","reporter":"prom","channel":"monitor","users_affected":1,"impact_statement":"","error_message":"","occurred_at":null,"labels":{"é":"''\"漢"},"dedup_key":""}','2026-11-29 14:04:58.506975');
INSERT INTO worse_repeats ("incident_id", "words", "users", "report", "at") VALUES ('INC-BBBBBBBBBB','wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww',1,'{"title":"Disk full","description":"","service":"","reporter":"prom","channel":"monitor","users_affected":1,"impact_statement":"","error_message":"","occurred_at":null,"labels":{"é":"''\"漢"},"dedup_key":""}','2026-11-29 14:04:58.506975');
INSERT INTO groups ("name", "incident_key", "opened_at") VALUES ('1044dec7206e8d7c9fbb4ae8f766668406d2567fc7fc1a160a9d4700fcf8f8e9','alert-1','2026-11-29 14:04:58.393071');
INSERT INTO group_members ("alert_key", "incident_key", "firing", "heard_at") VALUES ('alert-1','alert-1',1,'2026-11-29 14:04:58.393071');
INSERT INTO webhooks_seen ("key", "answer", "at") VALUES ('24ff957549c4c981e15a70df6a6ad88d51ad6af343ff7ad2437964218316f745','{"ok": true}','2026-11-29 14:04:58.403672');
INSERT INTO mails_seen ("fingerprint", "message", "incident_id", "answer", "at") VALUES ('dcb3f7088583e1342da701f12bd0194c90eb77889538c592d38b67c4afeeb310','910f6730af7e84e8f2cd4134d40ed2ab51d29b8b58db919b94832d3104eed63d','INC-AAAAAAAAAA','opened','2026-11-29 14:04:58.407953');
INSERT INTO tokens ("id", "name", "role", "source", "fingerprint", "created_at", "revoked_at") VALUES ('TOK-FFTMU7','ana','responder','','1f700fe41473ed07fbc396515c62e17e9aa8d0efb1ac1c96984954384bbf0bb7','2026-11-29 14:04:58.426997',NULL);
INSERT INTO idempotency ("caller", "key", "body", "attempt", "lease_until", "answer", "at") VALUES ('caller','key-1','bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb','c46c36bb-7dda-4505-8c41-8f522ed6ce48','2026-11-29 14:05:28.431197','{"id": "INC"}','2026-11-29 14:04:58.431197');
INSERT INTO findings ("key", "kind", "document", "found_at", "told_at", "gone_at", "claim", "lease_until") VALUES ('stuck:INC-BBBBBBBBBB:run-1','stuck','{"kind":"stuck","incident_id":"INC-BBBBBBBBBB","run_id":"run-1","since":"2026-11-24T12:00:00Z","what":"stuck","remedy":"repair it"}','2026-11-29 14:04:58.461976',NULL,NULL,NULL,NULL);
INSERT INTO repairs ("key", "incident_id", "episode", "by", "began_at", "lease_until", "new_run_id") VALUES ('run-1:4','INC-BBBBBBBBBB',1,'ana','2026-11-29 14:04:58.487483','2026-11-29 15:04:58.487483','run-2');
INSERT INTO projections ("incident_id", "episode", "run_id", "task", "as_of", "next_due", "waits_for_person", "document") VALUES ('INC-BBBBBBBBBB',1,'run-1',4,'2026-11-24 12:00:00.000000',NULL,0,'{"incident_id":"INC-BBBBBBBBBB","episode":1,"title":"Printer on fire","status":"open","stage":"resolve","path":["report","triage","classify"],"priority":"P2","impact":null,"urgency":null,"scope":null,"category":"hardware","subcategory":null,"confidence":null,"high_impact":null,"critical":null,"team":null,"tier":null,"assignee":null,"acknowledged_by":null,"on_hold":null,"quiet_until":null,"commander":null,"breaches":[],"reopened":0,"related":[],"merged_into":null,"next_pages":[],"occurrences":1,"reporters":["mia"],"decisions":[],"waiting_for":[],"evidence":[],"similar":[],"approval":null,"remediation":null,"resolution":null,"outcome":null,"opened_at":"2026-11-24T10:45:00+02:00","closed_at":null,"report":{"title":"Printer on fire","description":"","service":"printers","reporter":"mia","channel":"api","users_affected":1,"impact_statement":"","error_message":"","occurred_at":null,"labels":{},"dedup_key":""},"latest":null,"ledger":[],"worse":null,"pinned_by":null,"timeline":[{"number":1,"at":"2026-11-24T10:46:00+02:00","box":"resolve","event":"reported","actor":"ana","detail":"","person":null,"why":null},{"number":2,"at":"2026-11-24T10:47:00+02:00","box":"resolve","event":"closed","actor":"ana","detail":"","person":null,"why":null}],"timeline_archived":0}');
INSERT INTO incident_words ("rowid", "title", "body") VALUES (1,'Printer on fire','


Put it out
');
