"""What becomes of a real client's calls when the agent decides about them and a tenant is asked.

What counts is what the tool server and the model saw, and what the tenant was asked; never what the hook said.
"""
import os
import signal
import sys
import threading

from client_claude_code import OLDER, VERSION
from fake_model import DONE
from place import HERE, OURS, Place, saw, shown
from rec_hook import make_noted
from tenant import AFTER, BEFORE, EVENTS, SOURCE, Tenant, always

SHELL = {"claude_code": "Bash", "codex": "Bash", "hermes": "terminal"}
ALLOW, DENY = {"permission": "allow"}, {"permission": "deny", "block_reason": "no shell today"}
WITHHOLD = {"blocked": True, "block_reason": "a secret is in it"}
NOT_APPROVED, CHANGED = "this MCP server is not approved", "changed by the tenant"
# The events of a session: how it begins, those of each call, and the one that ends the turn.
TURN = {
    "claude_code": (["SessionStart", "UserPromptSubmit"], ["PreToolUse", "PostToolUse"], "Stop"),
    "codex": (["SessionStart", "UserPromptSubmit"], ["PreToolUse", "PostToolUse"], "Stop"),
    "hermes": (["on_session_start", "pre_llm_call"], ["pre_tool_call", "post_tool_call"], "on_session_end"),
}
# Hermes 0.19.0 takes nothing from a shell hook once the tool ran, and no other arguments before. Codex reads files
# with its shell.
CHANGES_ARGUMENTS = WITHHOLDS = ("claude_code", "codex")
# Claude Code passes on what a command printed that failed, whatever a hook answers.
WITHHOLDS_FAILED = ("codex",)
READS = ("claude_code", "hermes")
# Claude Code blocks for an entry of ours whose process fails, from this version on.
FAILS_CLOSED = (2, 1, 295)


class Session:
    """One run of a client, in which the model makes these calls one after the other."""

    def __init__(self, place, *tools):
        self.place = place
        self.report = place.run(*[word for tool in tools for word in ("--tool", tool)])
        self.calls = self.report.get("calls") or [{} for _ in tools]

    def that(self, good, what, more=None):
        return self.place.that(good, what, "" if good else "%s\n%s" % (more or "", shown(self.report)))

    def blocked(self, number, what, *words):
        """Neither called nor answered by the tool, and the model was told why, by us."""
        call = self.calls[number]
        told = all(word in saw(call) for word in (OURS,) + words)
        self.that(call.get("outcome") == "blocked" and not call.get("output_reached_model") and told, what)

    def ran(self, number, what):
        call = self.calls[number]
        self.that(call.get("outcome") == "ran" and call.get("output_reached_model") is True, what)

    def no_server_called(self, what):
        self.that(self.report.get("mcp_calls") == [], what)


def command_line(place):
    """The program of the server `shadow`, as the tenant's API has it."""
    log = os.path.join(place.home, ".real-client", "mcp.jsonl")
    return " ".join([os.path.realpath(sys.executable), os.path.join(HERE, "mcp_stdio.py"), log])


def denied(place, tenant):
    """Each kind of call that a tenant is against."""
    shell = {"tool_name": SHELL[place.client]}
    changed = dict(ALLOW, modified_args={"command": "echo %s > real-client-marker-4.txt" % CHANGED})
    tenant.answer([always(BEFORE, DENY, when=shell, times=1), always(BEFORE, changed, when=shell, times=1),
                   always(AFTER, WITHHOLD)])
    reads = ["read"] if place.client in READS else []
    session = Session(place, "mcp-http", "mcp", "mcp-resource", "bash", "bash", "bash", *reads, "bash-fails")
    session.blocked(0, "a remote server that the tenant does not approve is not called", NOT_APPROVED)
    session.blocked(1, "nor is a program", NOT_APPROVED)
    session.blocked(2, "nor is a resource of it read", NOT_APPROVED)
    session.no_server_called("no server was called")
    session.blocked(3, "a shell call that the tenant denies does not run", DENY["block_reason"])
    arguments(session)
    scanned = str(tenant.bodies(AFTER))
    for number in range(5, len(session.calls) - 1):
        output(session, number, scanned, session.calls[number].get("tool"), WITHHOLDS)
    output(session, len(session.calls) - 1, scanned, "a command that fails", WITHHOLDS_FAILED)
    asked(session, tenant)


def arguments(session):
    """Arguments that the tenant changed."""
    call = session.calls[4]
    if session.place.client in CHANGES_ARGUMENTS:
        session.that(call.get("marker") == CHANGED + "\n", "the shell runs what the tenant made of the command")
    else:
        session.blocked(4, "a command that the client cannot change does not run", "cannot change them")


def output(session, number, scanned, what, withholds):
    """Output that the tenant withholds: it was there, and the tenant was shown it."""
    call = session.calls[number]
    reached = call.get("output_reached_model")
    session.that(call.get("token", "?") in scanned, "the tenant is shown the output of %s" % what, scanned[-2000:])
    if session.place.client in withholds:
        told = OURS in saw(call) and WITHHOLD["block_reason"] in saw(call)
        session.that(reached is False and told, "output of %s is withheld, and our words stand for it" % what)
    else:
        session.that(reached is True, "output of %s cannot be withheld, as the documentation says" % what)


def asked(session, tenant):
    """What the tenant was asked, and by whom."""
    place, questions = session.place, tenant.bodies(SOURCE)
    where = [(body.get("url"), body.get("command")) for body in questions]
    program = (None, command_line(place))
    session.that(where == [(session.report.get("mcp_url"), None), program, program],
                 "the tenant is asked about each server, as it is configured", where)
    first = (questions or [{}])[0]
    good = (first.get("client") == place.client and first.get("tool_input") == {"text": session.calls[0].get("token")}
            and first.get("hook_event_name") == "beforeMCPExecution" and first.get("conversation_id"))
    session.that(good, "the question has the client, the session and the arguments", first)
    keys = {request["headers"].get("x-runlayer-api-key") for request in tenant.received(SOURCE, BEFORE, AFTER)}
    session.that(keys == {"rl_test"}, "it is asked with the user's own key")


def allowed(place, tenant):
    """The same calls where the tenant approves of them, and all that it is told of the session."""
    known = [always(SOURCE, ALLOW, when={"command": command_line(place)})]
    tenant.answer(known, allow=[place.mcp_url])
    session = Session(place, "mcp-http", "mcp", "mcp-resource", "bash")
    session.ran(0, "a remote server that the tenant approves is called")
    session.ran(1, "and a program")
    session.ran(2, "and a resource of it is read")
    session.ran(3, "a shell call that the tenant allows runs")
    begin, call, end = TURN[place.client]
    expected = begin + call * 4 + [end]

    def told():
        return [body for body in tenant.bodies(EVENTS) if body.get("client") == place.client]

    def names():
        return [body["event_name"] for body in told() if body["event_name"] in expected]

    tenant.wait(lambda: end in names())
    session.that(names() == expected, "the tenant is told of the whole session, in order", names())
    if place.client != "hermes":

        def words():
            return [body for body in told() if DONE in str(body.get("transcript", "")) or
                    body["event_name"] == "message.updated" and DONE in str(body["payload"])]

        tenant.wait(words)
        session.that(len(words()) == 1, "and of what the model said, once", told()[-3:])


def monitored(place, tenant):
    """Nothing is blocked, whatever the tenant says, and it is told of all."""
    place.write(".runlayer/config.yaml", place.account('hooks:\n  enforcement: "false"\n'), 0o600)
    never_blocks(place, tenant, "monitoring by the user's choice")
    place.write(".runlayer/config.yaml", place.account(), 0o600)


def never_blocks(place, tenant, what):
    tenant.answer([always(BEFORE, DENY), always(AFTER, WITHHOLD)])
    session = Session(place, "mcp-http", "mcp", "bash")
    for number, tool in enumerate(("a remote server", "a program", "the shell")):
        session.ran(number, "%s: %s is called" % (what, tool))
    session.that(not tenant.received(SOURCE), "%s: nobody waits for the tenant" % what)
    begin, (before, after), end = TURN[place.client]
    tenant.wait(lambda: end in str(tenant.bodies(EVENTS)) and tenant.received(BEFORE))
    names = [body["event_name"] for body in tenant.bodies(EVENTS)]
    session.that(names.count(before) == names.count(after) == 3, "%s: each call is reported" % what, names)
    session.that(len(tenant.received(BEFORE)) == 1, "%s: the tenant can judge the command for its records" % what)


def killed(place, tenant, version):
    """The agent is killed while it waits for the tenant. `version` is Claude Code's."""
    tenant.answer([always(BEFORE, ALLOW, delay_s=30)])
    kept, started = place.binary + ".kept", os.path.join(place.work, "started")
    os.rename(place.binary, kept)
    make_noted(place.binary, kept, started)
    victims = []

    def kill():
        if tenant.wait(lambda: tenant.received(BEFORE), 40):
            with open(started) as f:
                victims.append(int(f.read().split()[-1]))
            os.kill(victims[0], signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    session = Session(place, "bash")
    killer.join()
    os.replace(kept, place.binary)
    outcome = session.calls[0].get("outcome")
    session.that(victims and OURS not in saw(session.calls[0]), "the hook is killed before it answers")
    if place.client == "claude_code" and version >= FAILS_CLOSED:
        session.that(outcome == "blocked", "a hook that is killed in the middle blocks the call")
    else:
        place.fact("when the hook is killed in the middle, the call %s" % {"ran": "runs", "blocked": "is blocked"}.get(
            outcome, "ends without a verdict"))


def tenant_decides(checks, client, means, version=None):
    with Tenant(means.stub, means.work) as tenant:
        name = "asking, " + version if version else "asking"
        place = Place(checks, client, means, name, host=tenant.host, version=version)
        place.agent_exits(0, "install", "install", "--approve")
        denied(place, tenant)
        killed(place, tenant, numbers(version or VERSION))
        if version:
            return
        allowed(place, tenant)
        monitored(place, tenant)
        tenant.stop()
        session = Session(place, "mcp-http", "bash")
        session.blocked(0, "no tenant answers: a server is not called")
        session.blocked(1, "no tenant answers: the shell does not run")
        session.no_server_called("no tenant answers: no server was called")


def older_claude_code(checks, client, means):
    tenant_decides(checks, client, means, OLDER)


def device_decides(checks, client, means):
    """Where the management sets which remote servers are allowed, the device decides about them itself."""
    with Tenant(means.stub, means.work) as tenant:
        place = Place(checks, client, means, "managed rules", managed=True, host=tenant.host)
        place.install_managed()
        place.settings(AllowedRemoteMcpUrls=[place.mcp_url])
        tenant.answer()
        session = Session(place, "mcp-http", "mcp", "bash")
        session.ran(0, "an allowed remote server is called")
        session.blocked(1, "a program that the tenant does not approve is not")
        where = [(body.get("url"), body.get("command")) for body in tenant.bodies(SOURCE)]
        session.that(where == [(None, command_line(place))], "the tenant is asked about the program alone", where)
        session.ran(2, "the shell runs")
        session.that(len(tenant.received(BEFORE)) == 1, "after the tenant was asked")

        place.settings(AllowedRemoteMcpUrls=["https://tools.acme.example/mcp"], TenantUnreachable="local")
        tenant.answer()
        session = Session(place, "mcp-http")
        session.blocked(0, "another remote server is not called")
        session.no_server_called("and saw no call")
        session.that(not tenant.received(SOURCE), "the tenant is not asked about it", tenant.bodies(SOURCE))

        place.settings(AllowedRemoteMcpUrls=["https://tools.acme.example/mcp"], Enforcement=False)
        never_blocks(place, tenant, "managed monitoring")

        place.settings(AllowedRemoteMcpUrls=["https://tools.acme.example/mcp"], TenantUnreachable="local")
        tenant.stop()
        session = Session(place, "mcp-http", "bash")
        session.blocked(0, "no tenant answers, the device decides: the other server is not called")
        session.ran(1, "no tenant answers, the device decides: the shell runs")


def numbers(version):
    return tuple(int(number) for number in version.split("."))
