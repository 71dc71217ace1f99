-- What the code of version 1 of the tables (fece8fd) wrote. Made by running that code; never edited.
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
CREATE VIRTUAL TABLE incident_words USING fts5(title, body, tokenize = 'porter unicode61 remove_diacritics 2');
INSERT INTO standfast_schema ("version") VALUES (1);
INSERT INTO incidents ("number", "incident_id", "episode", "title", "service", "category", "priority", "outcome", "resolution", "opened_at", "closed_at", "document") VALUES (1,'INC-AAAAAAAAAA',1,'Printer on fire','printers','hardware','P2','resolved','Put it out','2026-11-24 08:45:00.000000','2026-11-24 12:00:00.123456','{"incident_id":"INC-AAAAAAAAAA","episode":1,"title":"Printer on fire","status":"closed","stage":"close","path":["report","triage","classify"],"priority":"P2","impact":null,"urgency":null,"scope":null,"category":"hardware","subcategory":null,"confidence":null,"high_impact":null,"critical":null,"team":null,"tier":null,"assignee":null,"acknowledged_by":null,"on_hold":null,"occurrences":1,"reporters":["mia"],"decisions":[],"waiting_for":[],"evidence":[],"similar":[],"remediation":null,"resolution":{"by":"ana","summary":"Put it out","steps":[],"root_cause":"","workaround":false,"at":"2026-11-24T12:00:00.123456Z"},"outcome":"resolved","opened_at":"2026-11-24T10:45:00+02:00","closed_at":"2026-11-24T12:00:00.123456Z","report":{"title":"Printer on fire","description":"","service":"printers","reporter":"mia","channel":"api","users_affected":1,"impact_statement":"","error_message":"","occurred_at":null,"labels":{},"dedup_key":""},"timeline":[{"number":3,"at":"2026-11-24T10:48:00+02:00","box":"resolve","event":"closed","actor":"ana","detail":""}],"timeline_archived":2}');
INSERT INTO timeline ("incident_id", "episode", "number", "entry") VALUES ('INC-AAAAAAAAAA',1,1,'{"number":1,"at":"2026-11-24T10:46:00+02:00","box":"resolve","event":"reported","actor":"ana","detail":""}');
INSERT INTO timeline ("incident_id", "episode", "number", "entry") VALUES ('INC-AAAAAAAAAA',1,2,'{"number":2,"at":"2026-11-24T10:47:00+02:00","box":"resolve","event":"comment","actor":"ana","detail":""}');
INSERT INTO deliveries ("key", "recipient", "digest", "channel", "state", "at", "detail") VALUES ('INC-AAAAAAAAAA:1:page-1:1','ana','dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd','mail (json)','delivered','2026-11-29 14:04:25.783873','');
INSERT INTO incident_words ("rowid", "title", "body") VALUES (1,'Printer on fire','


Put it out
');
