-- What the code of version 3 of the tables (878927b) wrote. Made by running that code; never edited.
CREATE TABLE deliveries (
    key character varying(255) NOT NULL,
    recipient text NOT NULL,
    digest character varying(64) NOT NULL,
    channel text NOT NULL,
    state character varying(16) NOT NULL,
    at timestamp with time zone NOT NULL,
    detail text NOT NULL
);
CREATE TABLE incident_words (
    number integer NOT NULL,
    words tsvector NOT NULL
);
CREATE TABLE incidents (
    number integer NOT NULL,
    incident_id character varying(32) NOT NULL,
    episode integer NOT NULL,
    title text NOT NULL,
    service text NOT NULL,
    category text,
    priority character varying(2),
    outcome character varying(16),
    resolution text NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    closed_at timestamp with time zone,
    document text NOT NULL
);
CREATE SEQUENCE incidents_number_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE incidents_number_seq OWNED BY incidents.number;
CREATE TABLE overrides (
    number integer NOT NULL,
    id character varying(16) NOT NULL,
    team text NOT NULL,
    tier text NOT NULL,
    person text NOT NULL,
    starts timestamp with time zone NOT NULL,
    ends timestamp with time zone NOT NULL,
    by text NOT NULL,
    reason text NOT NULL,
    instead_of text NOT NULL,
    swap character varying(16) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    ended_by text NOT NULL,
    ended_at timestamp with time zone
);
CREATE SEQUENCE overrides_number_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE overrides_number_seq OWNED BY overrides.number;
CREATE TABLE pages (
    key character varying(255) NOT NULL,
    recipient text NOT NULL,
    team text NOT NULL,
    incident_id character varying(32) NOT NULL,
    priority character varying(2) NOT NULL,
    title text NOT NULL,
    came_at timestamp with time zone NOT NULL,
    claim character varying(64),
    lease_until timestamp with time zone
);
CREATE TABLE remediation_steps (
    key character varying(255) NOT NULL,
    number integer NOT NULL,
    undoing boolean NOT NULL,
    state character varying(16) NOT NULL,
    words text NOT NULL,
    result text,
    at timestamp with time zone NOT NULL
);
CREATE TABLE remediations (
    key character varying(255) NOT NULL,
    incident_id character varying(32) NOT NULL,
    runbook text NOT NULL,
    target text NOT NULL,
    plan text NOT NULL,
    undoing_because text,
    fence integer NOT NULL,
    lease_until timestamp with time zone NOT NULL,
    started_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    outcome character varying(16),
    result text
);
CREATE TABLE silenced_incidents (
    silence_id character varying(16) NOT NULL,
    incident_id character varying(32) NOT NULL,
    at timestamp with time zone NOT NULL,
    woken_at timestamp with time zone
);
CREATE TABLE silences (
    id character varying(16) NOT NULL,
    matcher text NOT NULL,
    starts timestamp with time zone NOT NULL,
    ends timestamp with time zone NOT NULL,
    by text NOT NULL,
    reason text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    ended_by text NOT NULL,
    ended_at timestamp with time zone
);
CREATE TABLE standfast_schema (
    version integer NOT NULL
);
CREATE TABLE timeline (
    incident_id character varying(32) NOT NULL,
    episode integer NOT NULL,
    number integer NOT NULL,
    entry text NOT NULL
);
ALTER TABLE ONLY incidents ALTER COLUMN number SET DEFAULT nextval('incidents_number_seq'::regclass);
ALTER TABLE ONLY overrides ALTER COLUMN number SET DEFAULT nextval('overrides_number_seq'::regclass);
INSERT INTO deliveries VALUES ('INC-AAAAAAAAAA:1:page-1:1', 'ana', 'dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd', 'mail (json)', 'delivered', '2026-11-29 14:04:44.182846+00', '');
INSERT INTO deliveries VALUES ('INC-BBBBBBBBBB:1:page-1:1', 'ana', 'ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff', '', 'held', '2026-11-29 14:04:44.417652+00', '');
INSERT INTO incident_words VALUES (1, '''fire'':3A ''printer'':1A ''put'':4');
INSERT INTO incidents VALUES (1, 'INC-AAAAAAAAAA', 1, 'Printer on fire', 'printers', 'hardware', 'P2', 'resolved', 'Put it out', '2026-11-24 08:45:00+00', '2026-11-24 12:00:00.123456+00', '{"incident_id":"INC-AAAAAAAAAA","episode":1,"title":"Printer on fire","status":"closed","stage":"close","path":["report","triage","classify"],"priority":"P2","impact":null,"urgency":null,"scope":null,"category":"hardware","subcategory":null,"confidence":null,"high_impact":null,"critical":null,"team":null,"tier":null,"assignee":null,"acknowledged_by":null,"on_hold":null,"quiet_until":null,"commander":null,"breaches":[],"reopened":0,"related":[],"merged_into":null,"next_pages":[],"occurrences":1,"reporters":["mia"],"decisions":[],"waiting_for":[],"evidence":[],"similar":[],"approval":null,"remediation":null,"resolution":{"by":"ana","summary":"Put it out","steps":[],"root_cause":"","workaround":false,"at":"2026-11-24T12:00:00.123456Z"},"outcome":"resolved","opened_at":"2026-11-24T10:45:00+02:00","closed_at":"2026-11-24T12:00:00.123456Z","report":{"title":"Printer on fire","description":"","service":"printers","reporter":"mia","channel":"api","users_affected":1,"impact_statement":"","error_message":"","occurred_at":null,"labels":{},"dedup_key":""},"timeline":[{"number":3,"at":"2026-11-24T10:48:00+02:00","box":"resolve","event":"closed","actor":"ana","detail":"","person":null,"why":null}],"timeline_archived":2}');
INSERT INTO overrides VALUES (1, 'OVR-2LLRQX', 'applications', 'L1', 'ben', '2026-11-24 12:00:00+00', '2026-11-24 20:00:00+00', 'ana', 'dentist', '', '', '2026-11-29 14:04:44.403588+00', '', NULL);
INSERT INTO pages VALUES ('INC-BBBBBBBBBB:1:page-1:1', 'ana', 'applications', 'INC-BBBBBBBBBB', 'P3', 'Disk full', '2026-11-29 14:04:44.417652+00', NULL, NULL);
INSERT INTO remediation_steps VALUES ('INC-AAAAAAAAAA:1:automated_resolution:1', 1, false, 'done', 'exit code 0', NULL, '2026-11-29 14:04:44.298157+00');
INSERT INTO remediations VALUES ('INC-AAAAAAAAAA:1:automated_resolution:1', 'INC-AAAAAAAAAA', 'restart', 'host web-1', '{"title": "Restart"}', NULL, 1, '2026-11-29 14:04:44.364293+00', '2026-11-29 14:04:44.268329+00', '2026-11-29 14:04:44.364293+00', 'succeeded', '{"summary": "Restarted"}');
INSERT INTO silenced_incidents VALUES ('SIL-3GWEAN', 'INC-AAAAAAAAAA', '2026-11-29 14:04:44.392091+00', NULL);
INSERT INTO silences VALUES ('SIL-3GWEAN', '{"services":["shop"],"categories":[],"teams":[],"priorities":[],"labels":{},"words":[],"everything":false}', '2026-11-24 12:00:00+00', '2026-11-24 13:00:00+00', 'ana', 'upgrade', '2026-11-29 14:04:44.386784+00', '', NULL);
INSERT INTO standfast_schema VALUES (3);
INSERT INTO timeline VALUES ('INC-AAAAAAAAAA', 1, 1, '{"number":1,"at":"2026-11-24T10:46:00+02:00","box":"resolve","event":"reported","actor":"ana","detail":"","person":null,"why":null}');
INSERT INTO timeline VALUES ('INC-AAAAAAAAAA', 1, 2, '{"number":2,"at":"2026-11-24T10:47:00+02:00","box":"resolve","event":"comment","actor":"ana","detail":"","person":null,"why":null}');
SELECT pg_catalog.setval('incidents_number_seq', 1, true);
SELECT pg_catalog.setval('overrides_number_seq', 1, true);
ALTER TABLE ONLY deliveries
    ADD CONSTRAINT deliveries_pkey PRIMARY KEY (key);
ALTER TABLE ONLY incident_words
    ADD CONSTRAINT incident_words_pkey PRIMARY KEY (number);
ALTER TABLE ONLY incidents
    ADD CONSTRAINT incidents_incident_id_episode_key UNIQUE (incident_id, episode);
ALTER TABLE ONLY incidents
    ADD CONSTRAINT incidents_pkey PRIMARY KEY (number);
ALTER TABLE ONLY overrides
    ADD CONSTRAINT overrides_id_key UNIQUE (id);
ALTER TABLE ONLY overrides
    ADD CONSTRAINT overrides_pkey PRIMARY KEY (number);
ALTER TABLE ONLY pages
    ADD CONSTRAINT pages_pkey PRIMARY KEY (key);
ALTER TABLE ONLY remediation_steps
    ADD CONSTRAINT remediation_steps_pkey PRIMARY KEY (key, number, undoing);
ALTER TABLE ONLY remediations
    ADD CONSTRAINT remediations_pkey PRIMARY KEY (key);
ALTER TABLE ONLY silenced_incidents
    ADD CONSTRAINT silenced_incidents_pkey PRIMARY KEY (silence_id, incident_id);
ALTER TABLE ONLY silences
    ADD CONSTRAINT silences_pkey PRIMARY KEY (id);
ALTER TABLE ONLY timeline
    ADD CONSTRAINT timeline_pkey PRIMARY KEY (incident_id, episode, number);
CREATE INDEX incident_words_words ON incident_words USING gin (words);
CREATE INDEX ix_incidents_closed_at ON incidents USING btree (closed_at);
CREATE INDEX ix_overrides_ends ON overrides USING btree (ends);
CREATE INDEX ix_remediations_ended_at ON remediations USING btree (ended_at);
CREATE INDEX ix_remediations_started_at ON remediations USING btree (started_at);
CREATE INDEX ix_remediations_target ON remediations USING btree (target);
CREATE INDEX ix_silences_ends ON silences USING btree (ends);
CREATE INDEX pages_to_one_person ON pages USING btree (recipient, team, came_at);
