package dev.caisson.daemon.tools;

import dev.caisson.daemon.model.ToolCatalogue;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import tools.jackson.databind.json.JsonMapper;

/** Schemas of every shape that JSON Schema can give to values, and the names and texts in them. */
final class SchemaShapes {

  /** Each is the schema of one argument, of one key of a result, and of a whole result. */
  static final List<String> SHAPES =
      List.of(
          "true",
          "false",
          "{}",
          "{'type':'string'}",
          "{'type':'integer','minimum':1,'exclusiveMaximum':9,'default':3}",
          "{'type':'number','default':1,'examples':[1.5]}",
          "{'type':'boolean','default':true}",
          "{'type':'null'}",
          "{'type':['string','null'],'default':null}",
          "{'type':['integer','number','string','array','object','null','boolean']}",
          "{'type':'string','nullable':true,'default':'x'}",
          "{'type':'string','default':7}",
          "{'type':'string','format':'date-time','deprecated':true,'description':'Since when.'}",
          "{'enum':['a','b'],'default':'b','example':'a'}",
          "{'enum':['a',1,true,null,1.5,[1],{'k':1}]}",
          "{'enum':['\\\"\\\"\\\"','\\\\','\\n','\\u0000','\\u2028','é','😀','\\ud83d']}",
          "{'enum':[-1,0,12345678901234567890]}",
          "{'enum':[]}",
          "{'const':'x'}",
          "{'const':null}",
          "{'const':{'a':1}}",
          "{'type':'array'}",
          "{'type':'array','items':{'type':'string'},'default':[],'examples':[['a','b']]}",
          "{'type':'array','items':false}",
          "{'type':'array','items':{'type':'array','items':{'type':'array','items':{}}}}",
          "{'type':'array','prefixItems':[{'type':'string'},{'type':'integer'}]}",
          "{'type':'array','prefixItems':[{'type':'string'}],'items':{'type':'integer'}}",
          "{'type':'array','items':[{'type':'string'},{'type':'integer'}]}",
          "{'type':'array','contains':{'type':'integer'},'uniqueItems':true}",
          "{'type':'object'}",
          "{'type':'object','properties':{}}",
          "{'type':'object','additionalProperties':false}",
          "{'type':'object','additionalProperties':{'type':'integer'},'default':{}}",
          "{'type':'object','patternProperties':{'^x':{'type':'integer'}}}",
          "{'type':'object','patternProperties':{'^x':{'type':'integer'}},'additionalProperties':false}",
          "{'type':'object','propertyNames':{'pattern':'^a'},'minProperties':1}",
          "{'properties':{'a':{'type':'string','description':'An a.'},'b':false},'required':['a']}",
          "{'properties':{'a':{'type':'string'}},'additionalProperties':true}",
          "{'properties':{'a':{'type':'string'}},'additionalProperties':{'type':'integer'}}",
          "{'properties':{'a':{'type':'string'}},'patternProperties':{'^x':{'type':'integer'}}}",
          "{'properties':{'a':{'properties':{'b':{'properties':{'c':{'type':'integer'}}}}}}}",
          "{'properties':{'a':{'type':'string'}},'anyOf':[{'properties':{'b':{'type':'integer'}}},{'properties':{'c':{}}}]}",
          "{'properties':{'a':{}},'if':{'properties':{'a':{'const':1}}},'then':{'properties':{'t':{'type':'string'}}},'else':{'properties':{'e':{}}}}",
          "{'properties':{'a':{}},'dependentSchemas':{'a':{'properties':{'d':{'type':'string'}}}}}",
          "{'anyOf':[{'type':'string'},{'type':'integer'},{'type':'null'}]}",
          "{'oneOf':[{'properties':{'k':{'const':'a'},'x':{'type':'integer'}},'required':['k']},{'properties':{'k':{'const':'b'},'x':{'type':'string'}},'required':['k']}]}",
          "{'oneOf':[{'const':'a','title':'A'},{'const':'b','title':'B'}]}",
          "{'allOf':[{'properties':{'a':{'type':'string'}}},{'properties':{'b':{'type':'integer'}},'required':['b']}]}",
          "{'allOf':[]}",
          "{'anyOf':[]}",
          "{'not':{'type':'string'}}",
          "{'$ref':'#/$defs/node'}",
          "{'$ref':'#/$defs/node','description':'With a word beside it.','nullable':true}",
          "{'$ref':'#/$defs/node','properties':{'beside':{'type':'string'}}}",
          "{'$ref':'#/$defs/tree'}",
          "{'$ref':'#/$defs/either'}",
          "{'$ref':'#/$defs/loop'}",
          "{'$ref':'#/nowhere'}",
          "{'$ref':'https://example.com/elsewhere'}",
          "{'$ref':'#anchor'}",
          "{'type':'array','items':{'$ref':'#/$defs/node'}}",
          "{'type':'nonsense'}",
          "{'properties':{'list':{'type':'array','items':{'type':'string'}},'str':{'type':'string'},'Any':{},'Literal':{'enum':['a']},'int':{'type':'integer'}}}",
          "{'properties':{'list':{'type':'array','items':{'type':'string'}},'str':{'type':'string'},'dict':{'type':'object'}},'additionalProperties':{'type':'array','items':{'type':'string'}}}",
          "{'properties':{'items':{'type':'array','items':{'type':'string'}},'keys':{'type':'integer'},'get':{},'_id':{'type':'string'},'__x':{},'__class__':{'type':'string'}}}",
          "{'properties':{'class':{'type':'string'},'a-b':{'type':'string'},'a.b':{'type':'string'},'1st':{},'':{'type':'integer'},' ':{},'é':{'type':'string'},'名前':{'type':'string'},'😀':{},'\\n':{}},'required':['']}",
          "{'properties':{'self':{'type':'string'},'cls':{'type':'integer'},'print':{'type':'boolean'},'type':{'type':'string'},'None':{},'_typing':{'type':'string'},'_Tool':{},'TypedDict':{},'NotRequired':{'type':'string'},'overload':{},'Shapes_A':{},'name':{},'key':{}}}");

  private static final String DEFS =
      """
      {'node':{'type':'object','properties':{'value':{'type':'integer'},'next':{'anyOf':[{'$ref':'#/$defs/node'},{'type':'null'}]}},'required':['value']},
       'tree':{'type':'object','properties':{'left':{'$ref':'#/$defs/tree'},'right-most':{'$ref':'#/$defs/tree'},'all':{'type':'array','items':{'$ref':'#/$defs/tree'}}}},
       'either':{'anyOf':[{'type':'string'},{'type':'array','items':{'$ref':'#/$defs/either'}}]},
       'loop':{'$ref':'#/$defs/pool'},'pool':{'$ref':'#/$defs/loop'}}\
      """;

  static final List<String> TEXTS =
      List.of(
          "\"\"\"",
          "a\"",
          "\"a",
          "\\",
          "\\\"\"\"\\",
          "\\N{DIGIT ONE} \\x41 \\u0041",
          "one\r\ntwo\rthree\u2028four\u0085five\u000bsix\f",
          "\u202ehidden\u200b\u0000\u0007",
          "# type: ignore",
          "type: ignore",
          "pyright: ignore",
          "# pyright: basic",
          "# mypy: ignore-errors",
          "x  # type: str",
          ") -> None: ...\n    def evil(",
          "    indented\n  less\n\n\n  more",
          "long ".repeat(5_000));

  private static final List<String> NAMES =
      List.of(
          "Names_List_Result",
          "list",
          "str",
          "int",
          "Any",
          "Literal",
          "tuple",
          "dict",
          "bool",
          "float",
          "staticmethod",
          "print",
          "type",
          "class",
          "def",
          "None",
          "match",
          "self",
          "cls",
          "tools",
          "tool",
          "search",
          "shapes",
          "Shapes",
          "_tool",
          "_Tool",
          "__init__",
          "__getattr__",
          "3d",
          "",
          "a-b",
          "a.b",
          "a_b",
          "A_B",
          "ab",
          "AB",
          "名前",
          "😀",
          "ﬁnd",
          "Result",
          "overload",
          "Shapes_Shapes",
          "TypedDict",
          "NotRequired",
          "getattr",
          "RuntimeError",
          "property");

  private SchemaShapes() {}

  /** One tool for each shape, name and text, and one with thousands of arguments. */
  static ToolCatalogue catalogue() {
    List<ToolCatalogue.Tool> tools = new ArrayList<>();
    for (int i = 0; i < SHAPES.size(); i++) {
      tools.add(tool("shape " + i, SHAPES.get(i), SHAPES.get(i)));
    }
    tools.add(tool("all shapes", all(""), "{'type':'array','items':" + all("") + "}"));
    tools.add(new ToolCatalogue.Tool("no schema", "", "", "", ""));
    tools.add(new ToolCatalogue.Tool("empty", "", "Empty schemas.", "{}", "{}"));
    tools.add(new ToolCatalogue.Tool("boolean", "", "Boolean schemas.", "true", "false"));
    tools.add(new ToolCatalogue.Tool("broken", "", "No JSON.", "{", "]"));
    tools.add(new ToolCatalogue.Tool("large", "", "Many properties.", large(), large()));
    return new ToolCatalogue(
        List.of(
            new ToolCatalogue.Server("shapes", "Every shape.", tools),
            new ToolCatalogue.Server("names", "Every name.", named()),
            new ToolCatalogue.Server("Texts", TEXTS.getFirst(), texts()),
            new ToolCatalogue.Server("time", "", List.of())));
  }

  private static ToolCatalogue.Tool tool(String name, String argument, String result) {
    String input =
        "{'type':'object','properties':{'x':"
            + argument
            + ",'y':{'type':'string'}},'$defs':"
            + DEFS;
    return new ToolCatalogue.Tool(
        name,
        "",
        "A shape.",
        json(input + ",'required':['y']}"),
        json(
            result.startsWith("{") && result.length() > 2
                ? result.substring(0, result.length() - 1) + ",'$defs':" + DEFS + "}"
                : result),
        new ToolCatalogue.Hints(
            java.util.Optional.of(true), java.util.Optional.empty(), java.util.Optional.of(true)));
  }

  private static String all(String required) {
    return IntStream.range(0, SHAPES.size())
        .mapToObj(i -> "'p" + i + "':" + SHAPES.get(i))
        .collect(Collectors.joining(",", "{'type':'object','properties':{", "}" + required + "}"));
  }

  private static String large() {
    return IntStream.range(0, 3_000)
        .mapToObj(i -> "'property%d':{'type':'%s'}".formatted(i, i % 2 == 0 ? "string" : "integer"))
        .collect(Collectors.joining(",", "{'type':'object','properties':{", "}}"))
        .replace('\'', '"');
  }

  /** Tools, arguments and keys of all names at once. */
  private static List<ToolCatalogue.Tool> named() {
    String properties =
        NAMES.stream()
            .map(name -> JsonMapper.shared().writeValueAsString(name) + ":{\"type\":\"string\"}")
            .collect(Collectors.joining(",", "{\"type\":\"object\",\"properties\":{", "}}"));
    return NAMES.stream()
        .filter(name -> !name.isEmpty())
        .map(name -> new ToolCatalogue.Tool(name, "", "", properties, properties))
        .toList();
  }

  private static List<ToolCatalogue.Tool> texts() {
    List<ToolCatalogue.Tool> tools = new ArrayList<>();
    for (int i = 0; i < TEXTS.size(); i++) {
      String text = JsonMapper.shared().writeValueAsString(TEXTS.get(i));
      String key = JsonMapper.shared().writeValueAsString(PythonText.cut(TEXTS.get(i), 200));
      String schema =
          """
          {"type":"object","description":%1$s,"examples":[{"a":%1$s}],"properties":{
           "a":{"type":"string","description":%1$s,"default":%2$s,"format":%2$s,"examples":[%2$s]},
           %2$s:{"enum":[%2$s,"b"],"description":%1$s,"default":%2$s},
           "o":{"type":"object","required":[%2$s],"properties":{%2$s:{"const":%2$s,"description":%1$s}}},
           "n":{"type":"object","properties":{"k":{"type":"integer","description":%1$s}}}}}\
          """
              .formatted(text, key);
      tools.add(new ToolCatalogue.Tool("text " + i, "", TEXTS.get(i), schema, schema));
    }
    return tools;
  }

  private static String json(String text) {
    return text.replace('\'', '"');
  }
}
