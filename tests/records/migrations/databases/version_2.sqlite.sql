-- What the code of version 2 of the tables (1cf72f7) wrote. Made by running that code; never edited.
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
CREATE INDEX ix_remediations_started_at ON remediations (started_at);
CREATE INDEX ix_remediations_ended_at ON remediations (ended_at);
CREATE INDEX ix_remediations_target ON remediations (target);
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
CREATE VIRTUAL TABLE incident_words USING fts5(title, body, tokenize = 'porter unicode61 remove_diacritics 2');
INSERT INTO standfast_schema ("version") VALUES (2);
INSERT INTO incidents ("number", "incident_id", "episode", "title", "service", "category", "priority", "outcome", "resolution", "opened_at", "closed_at", "document") VALUES (1,'INC-AAAAAAAAAA',1,'Printer on fire','printers','hardware','P2','resolved','Put it out','2026-11-24 08:45:00.000000','2026-11-24 12:00:00.123456','{"incident_id":"INC-AAAAAAAAAA","episode":1,"title":"Printer on fire","status":"closed","stage":"close","path":["report","triage","classify"],"priority":"P2","impact":null,"urgency":null,"scope":null,"category":"hardware","subcategory":null,"confidence":null,"high_impact":null,"critical":null,"team":null,"tier":null,"assignee":null,"acknowledged_by":null,"on_hold":null,"occurrences":1,"reporters":["mia"],"decisions":[],"waiting_for":[],"evidence":[],"similar":[],"approval":null,"remediation":null,"resolution":{"by":"ana","summary":"Put it out","steps":[],"root_cause":"","workaround":false,"at":"2026-11-24T12:00:00.123456Z"},"outcome":"resolved","opened_at":"2026-11-24T10:45:00+02:00","closed_at":"2026-11-24T12:00:00.123456Z","report":{"title":"Printer on fire","description":"","service":"printers","reporter":"mia","channel":"api","users_affected":1,"impact_statement":"","error_message":"","occurred_at":null,"labels":{},"dedup_key":""},"timeline":[{"number":3,"at":"2026-11-24T10:48:00+02:00","box":"resolve","event":"closed","actor":"ana","detail":""}],"timeline_archived":2}');
INSERT INTO timeline ("incident_id", "episode", "number", "entry") VALUES ('INC-AAAAAAAAAA',1,1,'{"number":1,"at":"2026-11-24T10:46:00+02:00","box":"resolve","event":"reported","actor":"ana","detail":""}');
INSERT INTO timeline ("incident_id", "episode", "number", "entry") VALUES ('INC-AAAAAAAAAA',1,2,'{"number":2,"at":"2026-11-24T10:47:00+02:00","box":"resolve","event":"comment","actor":"ana","detail":""}');
INSERT INTO deliveries ("key", "recipient", "digest", "channel", "state", "at", "detail") VALUES ('INC-AAAAAAAAAA:1:page-1:1','ana','dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd','mail (json)','delivered','2026-11-29 14:04:33.535464','');
INSERT INTO remediations ("key", "incident_id", "runbook", "target", "plan", "undoing_because", "fence", "lease_until", "started_at", "ended_at", "outcome", "result") VALUES ('INC-AAAAAAAAAA:1:automated_resolution:1','INC-AAAAAAAAAA','restart','host web-1','{"title": "Restart"}',NULL,1,'2026-11-29 14:04:33.606716','2026-11-29 14:04:33.540766','2026-11-29 14:04:33.606716','succeeded','{"summary": "Restarted"}');
INSERT INTO remediation_steps ("key", "number", "undoing", "state", "words", "result", "at") VALUES ('INC-AAAAAAAAAA:1:automated_resolution:1',1,0,'done','exit code 0',NULL,'2026-11-29 14:04:33.576381');
INSERT INTO incident_words ("rowid", "title", "body") VALUES (1,'Printer on fire','


Put it out
');
