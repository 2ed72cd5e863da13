CREATE TABLE blocks(id INTEGER PRIMARY KEY, output BLOB);
CREATE TABLE mcp_server_installations (
  id TEXT PRIMARY KEY, -- a uuid
  installation TEXT NOT NULL,
  variable_values TEXT NOT NULL,
  enabled BOOLEAN
);
INSERT INTO mcp_server_installations(installation, variable_values, enabled) VALUES('{"uuid": "u", "template": {"uuid": "t", "name": "n", "json": "{\"github\": {\"command\": \"npx\", \"args\": [\"-y\", \"@modelcontextprotocol/server-github\"], \"env\": {\"GITHUB_PERSONAL_ACCESS_TOKEN\": \"made-up\"}}}"}}', '{}', 1);
INSERT INTO mcp_server_installations(installation, variable_values, enabled) VALUES('{"uuid": "u", "template": {"uuid": "t", "name": "n", "json": "{\"tickets\": {\"command\": \"npx\", \"args\": [\"tickets\", \"--site\", \"{{site}}\"], \"env\": {\"KEY\": \"{{key}}\"}}}"}}', '{"site": {"value": "shop", "variable_type": "Text"}, "key": {"value": "made-up", "variable_type": "Text"}}', NULL);
INSERT INTO mcp_server_installations(installation, variable_values, enabled) VALUES('{"uuid": "u", "template": {"uuid": "t", "name": "n", "json": "{\"mcpServers\": {\"remote\": {\"url\": \"https://{{host}}/mcp\"}}}"}}', '{"host": {"value": "mcp.example", "variable_type": "Text"}}', 1);
INSERT INTO mcp_server_installations(installation, variable_values, enabled) VALUES('{"uuid": "u", "template": {"uuid": "t", "name": "n", "json": "{\"off\": {\"command\": \"off\"}}"}}', '{}', 0);
INSERT INTO mcp_server_installations(installation, variable_values, enabled) VALUES('{"uuid": "u", "template": {"uuid": "t", "name": "n", "json": "{broken"}}', '{}', 1);
