"""What became of a tool call: by what the tool and the model saw, not by what a hook said."""
import json
import os

POST_EVENTS = ("PostToolUse", "PostToolUseFailure")  # Hermes fires post_tool_call for blocked calls too


def verdict(call, model, results, mcp, hooks, timed_out):
    """-> (outcome, why, output_reached_model) of one call, whose answers are `results`."""
    offered = model.offered()
    saw = "\n".join(r["text"] for r in results)
    if call.tool == "prompt":
        if model.turns():
            return "ran", "the prompt reached the model", None
        if hooks:
            return "blocked", "no model request was made", None
        return "no_verdict", "no model request and no recorded hook call", None
    post = len(call.tools) == 1 and any(h["event"] in POST_EVENTS for h in hooks)
    if call.tool in ("mcp", "mcp-http"):
        kind = "stdio" if call.tool == "mcp" else "http"
        ran = any(m["method"] == "tools/call" and m["transport"] == kind and call.token in json.dumps(m) for m in mcp)
        ready = any(m["method"] == "tools/list" and m["transport"] == kind for m in mcp) and call.mod.offered(call.step, offered, saw)
        reached = ("echo:" in saw) and call.token in saw
    elif call.tool == "mcp-resource":
        ran = any(m["method"] == "resources/read" for m in mcp)
        ready = any(m["method"] == "initialize" for m in mcp) and call.mod.offered(call.step, offered, saw)
        reached = model.was_sent("resource-canary")
    elif call.tool in ("bash", "write"):
        ran = os.path.exists(call.marker)
        ready = call.step["name"] in offered
        reached = model.was_sent("out-" + call.token) if call.tool == "bash" else (ran and bool(results))
    else:
        reached = model.was_sent(call.token)
        ran = reached or post
        ready = call.step["name"] in offered
    if ran:
        return "ran", "side effect observed", reached
    if timed_out:
        return "no_verdict", "client timed out before the tool call was answered", reached
    if not ready:
        return "no_verdict", "the tool was never available to the model (server not loaded or tool not offered)", reached
    if not results:
        return "no_verdict", "the client never answered the tool call", reached
    return "blocked", "the call was answered without the tool running", reached


def told(call, model, results, mcp, hooks, timed_out):
    """What is reported of one call."""
    outcome, why, reached = verdict(call, model, results, mcp, hooks, timed_out)
    found = {"tool": call.tool, "outcome": outcome, "why": why, "output_reached_model": reached, "token": call.token,
             "call": call.step, "model_saw": [{"text": r["text"][:2000], "is_error": r["is_error"]} for r in results]}
    if os.path.exists(call.marker):
        with open(call.marker, errors="replace") as f:
            found["marker"] = f.read(2000)
    return found
