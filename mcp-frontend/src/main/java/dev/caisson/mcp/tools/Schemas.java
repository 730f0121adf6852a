package dev.caisson.mcp.tools;

import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** The JSON Schemas of our own tools, kept as the JSON that clients see. */
final class Schemas {

  private Schemas() {}

  static Map<String, Object> runCodeInput(boolean withPolicy) {
    var schema =
        read(
            """
            {"type": "object",
             "properties": {
               "code": {"type": "string", "minLength": 1, "description": "Python source"},
               "session": {"type": "string", "description": "Name or id"},
               "outputs": {"type": "array", "items": {"type": "string"}, "description":
                 "Files to return, such as \\"out/*.png\\""},
               "changed_files": {"type": "boolean", "description": "Also return changed files"},
               "timeout": {"type": ["string", "number"],
                 "description": "Longest run, \\"500ms\\" or seconds; at most the policy's"},
               "wait": {"type": ["string", "number"],
                 "description": "Answer after this; runs picks up the rest"},
               "policy": {"type": "string", "description": "Default \\"default\\""}},
             "required": ["code"],
             "additionalProperties": false}
            """);
    return withPolicy ? schema : withoutPolicy(schema);
  }

  private static Map<String, Object> withoutPolicy(Map<String, Object> schema) {
    if (schema.get("properties") instanceof Map<?, ?> properties) {
      properties.remove("policy");
    }
    return schema;
  }

  static Map<String, Object> runsInput() {
    return read(
        """
        {"type": "object",
         "properties": {
           "action": {"type": "string", "enum": ["list", "wait", "cancel"]},
           "run": {"type": "string"},
           "offset": {"type": "integer", "minimum": 0, "description": "Of output"},
           "wait": {"type": ["string", "number"], "description": "Default \\"50s\\""}},
         "required": ["action"],
         "additionalProperties": false}
        """);
  }

  static Map<String, Object> sessionsInput(boolean withPolicy) {
    var schema =
        read(
            """
            {"type": "object",
             "properties": {
               "action": {"type": "string", "enum": ["list", "create", "reset", "end", "interrupt"]},
               "session": {"type": "string", "description": "Name or id; for reset, end, interrupt"},
               "name": {"type": "string", "description": "For create"},
               "description": {"type": "string", "description": "For create"},
               "policy": {"type": "string", "description": "For create"},
               "idle_timeout": {"type": ["string", "number"], "description": "For create: ends when \
            unused so long; default \\"30m\\""},
               "time_to_live": {"type": ["string", "number"], "description": "For create: longest \
            life; default \\"8h\\""},
               "clear_files": {"type": "boolean", "description": "For reset"}},
             "required": ["action"],
             "additionalProperties": false}
            """);
    return withPolicy ? schema : withoutPolicy(schema);
  }

  static Map<String, Object> filesInput() {
    return read(
        """
        {"type": "object",
         "properties": {
           "action": {"type": "string",
             "enum": ["list", "stat", "read", "write", "delete", "mkdir"]},
           "session": {"type": "string", "description": "Name or id"},
           "path": {"type": "string", "description": "Relative to the workspace"},
           "content": {"type": "string", "description": "For write: the whole file"},
           "encoding": {"type": "string", "enum": ["text", "base64"],
             "description": "Of content; default text"},
           "offset": {"type": "integer", "minimum": 0, "description": "For read: first byte"},
           "limit": {"type": "integer", "minimum": 1, "maximum": 1048576,
             "description": "Bytes or names"},
           "cursor": {"type": "string", "description": "Of the answer before"},
           "recursive": {"type": "boolean", "description": "For delete"}},
         "required": ["action"],
         "additionalProperties": false}
        """);
  }

  static Map<String, Object> createPlotInput() {
    return read(
        """
        {"type": "object",
         "properties": {
           "kind": {"type": "string", "enum": ["line", "scatter", "bar", "histogram"]},
           "file": {"type": "string", "description": "CSV or JSON in the workspace"},
           "variable": {"type": "string", "description": "Instead of file"},
           "x": {"type": "string", "description": "Column"},
           "y": {"type": ["string", "array"], "items": {"type": "string"}},
           "title": {"type": "string"},
           "path": {"type": "string", "description": "PNG to write"},
           "session": {"type": "string", "description": "Name or id"}},
         "required": ["kind"],
         "additionalProperties": false}
        """);
  }

  static Map<String, Object> runCodeOutput() {
    return read(
        """
        {"type": "object",
         "properties": {
           "outcome": {"type": "string", "enum": ["SUCCEEDED", "FAILED", "TIMED_OUT", "CANCELLED",
             "OUT_OF_MEMORY", "LIMIT_EXCEEDED", "POLICY_DENIED", "PROTOCOL_VIOLATION",
             "SANDBOX_LOST", "NOT_RUN", "RUNNING"]},
           "run": {"type": "string", "description": "what picks up a run that goes on"},
           "output": {"type": "string", "description": "of a run that goes on"},
           "output_missing": {"type": "integer"},
           "next_offset": {"type": "integer"},
           "message": {"type": "string"},
           "limit": {"type": "string"},
           "exit_code": {"type": "integer"},
           "value": {"description": "the last expression's value, when it has a JSON form"},
           "value_repr": {"type": "string"},
           "stdout": {"type": "string"},
           "stderr": {"type": "string"},
           "exception": {"type": "object", "properties": {
             "type": {"type": "string"},
             "message": {"type": "string"},
             "traceback": {"type": "string"}}},
           "displays": {"type": "array", "description": "the MIME types of each thing shown",
             "items": {"type": "array", "items": {"type": "string"}}},
           "files": {"type": "array", "items": {"type": "object", "properties": {
             "path": {"type": "string"}, "size": {"type": "integer"}, "uri": {"type": "string"}}}},
           "session": {"type": "string"},
           "state_lost": {"type": "string", "description": "why variables of the session are gone"},
           "tool_calls": {"type": "array", "items": {"type": "object", "properties": {
             "server": {"type": "string"},
             "tool": {"type": "string"},
             "started_ms": {"type": "integer"},
             "duration_ms": {"type": "integer"},
             "ok": {"type": "boolean"}}}},
           "tool_calls_total": {"type": "integer"},
           "truncated": {"type": "object", "additionalProperties": {"type": "integer"}},
           "timeline": {"type": "object", "additionalProperties": {"type": "number"}},
           "run_id": {"type": "string"},
           "sandbox_id": {"type": "string"},
           "policy": {"type": "string"},
           "placement": {"type": "string"},
           "unavailable_servers": {"type": "object", "additionalProperties": {"type": "string"}}},
         "required": ["outcome"]}
        """);
  }

  static Map<String, Object> searchToolsInput() {
    return read(
        """
        {"type": "object",
         "properties": {
           "query": {"type": "string", "description": "Words; empty lists all tools"},
           "limit": {"type": "integer", "minimum": 1, "maximum": 100, "default": 10},
           "detail": {"type": "string", "enum": ["names", "signatures", "full"],
             "default": "signatures",
             "description": "full is the Python API with documentation"}},
         "required": ["query"],
         "additionalProperties": false}
        """);
  }

  static Map<String, Object> generateApiInput() {
    return read(
        """
        {"type": "object",
         "properties": {
           "server": {"type": "string"},
           "tool": {"type": "string"},
           "style": {"type": "string", "enum": ["signatures", "reference", "source", "stub"],
             "default": "signatures", "description": "reference: with documentation"},
           "offset": {"type": "integer", "minimum": 0}},
         "additionalProperties": false}
        """);
  }

  static Map<String, Object> generateApiOutput() {
    return read(
        """
        {"type": "object",
         "properties": {
           "source": {"type": "string"},
           "module": {"type": "string", "description": "what to call it, to import it"},
           "total": {"type": "integer", "description": "characters in all"},
           "next_offset": {"type": "integer", "description": "where to go on"},
           "unavailable_servers": {"type": "object", "additionalProperties": {"type": "string"}},
           "message": {"type": "string"}}}
        """);
  }

  static Map<String, Object> searchToolsOutput() {
    return read(
        """
        {"type": "object",
         "properties": {
           "total": {"type": "integer", "description": "how many matched in all"},
           "tools": {"type": "array", "items": {"type": "object", "properties": {
             "name": {"type": "string", "description": "how code calls it"},
             "server": {"type": "string"},
             "tool": {"type": "string"},
             "signature": {"type": "string"},
             "summary": {"type": "string"},
             "source": {"type": "string"}}, "required": ["name"]}},
           "unavailable_servers": {"type": "object", "additionalProperties": {"type": "string"}}},
         "required": ["tools"]}
        """);
  }

  private static Map<String, Object> read(String json) {
    return JsonMapper.shared()
        .readValue(json, new TypeReference<LinkedHashMap<String, Object>>() {});
  }
}
