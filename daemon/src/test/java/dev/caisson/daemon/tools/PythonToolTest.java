package dev.caisson.daemon.tools;

import static dev.caisson.daemon.tools.Catalogues.bound;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caisson.daemon.model.ToolCatalogue;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PythonToolTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "{'type':'string'} ; str",
        "{'type':'integer'} ; int",
        "{'type':'number'} ; float",
        "{'type':'boolean'} ; bool",
        "{'type':'null'} ; None",
        "{} ; Any",
        "true ; Any",
        "{'type':'array'} ; list[Any]",
        "{'type':'array','items':{'type':'string'}} ; list[str]",
        "{'type':'array','prefixItems':[{'type':'string'},{'type':'integer'}]} ; tuple[str, int] | list[str | int]",
        "{'type':'array','prefixItems':[{'type':'string'}],'items':{'type':'integer'}} ; list[str | int]",
        "{'type':'object'} ; dict[str, Any]",
        "{'type':'object','additionalProperties':{'type':'integer'}} ; dict[str, int]",
        "{'enum':['a',1,true,null]} ; Literal[\"a\", 1, True] | None",
        "{'enum':[1.5,2.5]} ; float",
        "{'const':'x'} ; Literal[\"x\"]",
        "{'type':['string','null']} ; str | None",
        "{'type':'string','nullable':true} ; str | None",
        "{'anyOf':[{'type':'null'},{'type':'string'},{'type':'string'}]} ; str | None",
        "{'oneOf':[{'const':'a'},{'const':'b'}]} ; Literal[\"a\", \"b\"]",
        "{'anyOf':[{},{'type':'string'}]} ; Any",
        "{'type':'string','anyOf':[{'minLength':1},{'format':'uri'}]} ; str",
        "{'allOf':[{'type':'string'},{'minLength':1}]} ; str",
        "{'$ref':'#/properties/x'} ; Any",
        "{'$ref':'#/nowhere'} ; Any",
        "{'$ref':'http://example.com/x'} ; Any",
        "{'type':'object','properties':{'a':{'type':'string'}}} ; X",
        "{'type':'array','items':{'properties':{'a':{}}}} ; list[XItem]",
        "{'type':'nonsense'} ; Any",
      })
  void givesTheTypeOfASchema(String schema, String type) {
    String json = schema.replace('\'', '"');
    assertThat(
            bound(
                    "{\"type\":\"object\",\"properties\":{\"x\":"
                        + json
                        + "},\"required\":[\"x\"]}",
                    "")
                .signature())
        .isEqualTo("(x: " + type + ") -> Any");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "'' ; (**extra: Any) -> Any",
        "{'type':'object'} ; (**extra: Any) -> Any",
        "{'type':'object','properties':{}} ; () -> Any",
        "{'type':'object','additionalProperties':false} ; () -> Any",
        "{'properties':{'a':{}},'additionalProperties':{'type':'string'}} ; (a: Any = ..., **extra: str) -> Any",
        "{'properties':{'b':{},'a':{},'c':{}},'required':['c','a','d']} ; (a: Any, c: Any, d: Any, b: Any = ...) -> Any",
        "{'properties':{'from':{},'a-b':{},'a.b':{}}} ; (from_: Any = ..., a_b: Any = ..., a_b_2: Any = ...) -> Any",
        "{'properties':{'extra':{}},'additionalProperties':true} ; (extra: Any = ..., **extra_: Any) -> Any",
        "{'allOf':[{'properties':{'a':{'type':'string'}},'required':['a']},{'$ref':'#/$defs/b'}],'$defs':{'b':{'properties':{'b':{'type':'integer'}}}}} ; (a: str, b: int = ...) -> Any",
        "{'anyOf':[{'properties':{'a':{},'b':{}},'required':['a','b']},{'properties':{'a':{},'c':{}},'required':['a']}]} ; (a: Any, b: Any = ..., c: Any = ...) -> Any",
        "{'$ref':'#/$defs/in','$defs':{'in':{'properties':{'a':{'type':'string'}}}}} ; (a: str = ...) -> Any",
        "not json ; (**extra: Any) -> Any",
        "[] ; (**extra: Any) -> Any",
      })
  void givesTheSignatureOfAnInputSchema(String schema, String signature) {
    assertThat(bound(schema.replace('\'', '"'), "").signature()).isEqualTo(signature);
  }

  @Test
  void aSchemaThatCannotBeReadIsSaid() {
    assertThat(bound("{", "7").doc())
        .isEqualTo(
            """
            Does it.

            The tool's input schema is not valid JSON and was left aside.

            The tool's output schema is no object and was left aside.

            Returns:
                dict[str, Any]\
            """);
  }

  @Test
  void aHugeEnumIsCut() {
    String values =
        IntStream.range(0, 5000).mapToObj(i -> "\"v" + i + "\"").collect(Collectors.joining(","));
    PythonTool tool = bound("{\"properties\":{\"x\":{\"enum\":[" + values + "]}}}", "");

    assertThat(tool.signature()).isEqualTo("(x: str = ...) -> Any");
    assertThat(tool.doc()).contains("\"v31\", … (5000 in all)").hasSizeLessThan(1_000);
  }

  @Test
  void cyclesAndReferencesThatMultiplyEndInAny() {
    StringBuilder defs = new StringBuilder("\"d0\":{\"type\":\"string\"}");
    for (int i = 1; i < 60; i++) {
      String before = "{\"$ref\":\"#/$defs/d" + (i - 1) + "\"}";
      defs.append(
          ",\"d%d\":{\"allOf\":[%s,%s],\"anyOf\":[%s,{\"type\":\"array\",\"items\":%s}]}"
              .formatted(i, before, before, before, before));
    }
    defs.append(",\"a\":{\"$ref\":\"#/$defs/b\"},\"b\":{\"$ref\":\"#/$defs/a\"}");
    defs.append(
        ",\"j\":{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/j\"}}]}");
    defs.append(",\"m\":{\"allOf\":[{\"$ref\":\"#/$defs/m\"},{\"$ref\":\"#/$defs/m\"}]}");
    PythonTool tool =
        bound(
            """
            {"properties":{"y":{"$ref":"#/$defs/a"},"z":{"$ref":"#/$defs/j"},
             "m":{"$ref":"#/$defs/m"},"x":{"$ref":"#/$defs/d59"},"self":{"$ref":"#"}},"$defs":{%s}}\
            """
                .formatted(defs),
            "{\"$ref\":\"#\"}");

    assertThat(tool.signature())
        .hasSizeLessThan(2_000)
        .contains("y: Any = ...", "z: str | list[Any]");
  }

  @Test
  void aRecursiveObjectIsATypeThatNamesItself() {
    PythonTool tool =
        bound(
            "",
            """
            {"type":"object","properties":{"value":{"type":"integer"},
              "next":{"anyOf":[{"$ref":"#"},{"type":"null"}]}},"required":["value"]}\
            """);

    assertThat(tool.returns()).isEqualTo("Result");
    assertThat(tool.types()).hasSize(1);
    assertThat(tool.doc())
        .endsWith(
            """
            Returns:
                Result
                    "value" (int)
                    "next" (Result | None, may be missing)\
            """);
  }

  @Test
  void theJsonIsTheOneOfTheChannel() {
    PythonTool tool =
        bound(
            "{\"properties\":{\"b\":{\"default\":[1]},\"a-b\":{\"type\":\"string\"}},\"required\":[\"a-b\"]}",
            "{\"type\":\"string\"}");

    assertThat(tool.toJson().toString())
        .isEqualTo(
            """
            {"server":"s","name":"t","python":"t",\
            "signature":"(a_b: str, b: Any = ...) -> str",\
            "doc":"Does it.\\n\\nArgs:\\n    a_b: Sent as \\"a-b\\".\\n    b: Default: [1]\\n\\nReturns:\\n    str",\
            "parameters":[{"name":"a-b","python":"a_b","required":true},\
            {"name":"b","python":"b","required":false,"default":[1]}],\
            "schema":{"properties":{"b":{"default":[1]},"a-b":{"type":"string"}},"required":["a-b"]},\
            "returns":"str"}\
            """);
  }

  @Test
  void examplesDefaultsAndWhatIsDeprecatedAreShown() {
    PythonTool tool =
        bound(
            """
            {"properties":{
               "city":{"type":"string","examples":["Oslo","Rome"],"description":"Where. Not when."},
               "days":{"type":"integer","default":3,"deprecated":true},
               "long":{"type":"string","default":"%1$s","examples":["%1$s"]},
               "unfit":{"type":"string","default":7},
               "none":{"type":["string","null"],"default":null}},
             "required":["city"],"deprecated":true,
             "examples":[{"city":"Oslo","days":1},{"city":"Rome"}]}\
            """
                .formatted("x".repeat(100)),
            "");

    assertThat(tool.signature())
        .isEqualTo(
            "(city: str, days: int = 3, long: str = ..., unfit: str = ..., none: str | None = None)"
                + " -> Any");
    assertThat(tool.declaration())
        .isEqualTo(
            "(city: str, days: int | None = 3, long: str | None = None, unfit: str | None = None,"
                + " none: str | None = None) -> Any");
    assertThat(tool.brief())
        .isEqualTo(
            """
            Does it. [deprecated]

            Args:
                city: Where. Example: "Oslo"
                days: Deprecated.

            Example: t(city="Oslo", days=1)\
            """);
    assertThat(tool.doc())
        .contains("city: Where. Not when. Example: \"Oslo\"", "days: Deprecated. Default: 3")
        .contains("By its own account: deprecated.")
        .endsWith("Example: t(city=\"Oslo\", days=1)");
  }

  @ParameterizedTest
  @CsvSource({
    ",,,",
    "true,true,true,read-only",
    "false,true,true,destructive idempotent",
    "false,false,true,idempotent",
    ",true,false,destructive",
  })
  void whatAToolSaysOfItselfIsShownAndNothingIsGuessed(
      Boolean readOnly, Boolean destructive, Boolean idempotent, String marks) {
    var hints =
        new ToolCatalogue.Hints(
            Optional.ofNullable(readOnly),
            Optional.ofNullable(destructive),
            Optional.ofNullable(idempotent));
    var tool = new ToolCatalogue.Tool("t", "", "Does it.", "", "", hints);

    PythonTool found =
        Catalogues.catalogue(Catalogues.server("s", tool)).find("s", "t").orElseThrow();

    assertThat(String.join(" ", found.marks())).isEqualTo(marks == null ? "" : marks);
    assertThat(found.brief())
        .isEqualTo(marks == null ? "Does it." : "Does it. [" + marks.replace(" ", ", ") + "]");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "{'properties':{'a':{}},'oneOf':[{'properties':{'b':{'type':'string'}},'required':['b']},{'properties':{'b':{'type':'integer'},'c':{}},'required':['b']}]} ; (b: str | int, a: Any = ..., c: Any = ...) -> Any",
        "{'properties':{'a':{}},'if':{'properties':{'i':{'const':1}}},'then':{'properties':{'t':{'type':'string'}}},'else':{'properties':{'e':{'type':'string'}}}} ; (a: Any = ..., t: str = ..., e: str = ..., i: Any = ...) -> Any",
        "{'properties':{'a':{}},'dependentSchemas':{'a':{'properties':{'d':{'type':'string'}}}}} ; (a: Any = ..., d: str = ...) -> Any",
        "{'properties':{'a':{},'no':false}} ; (a: Any = ...) -> Any",
        "{'properties':{'a':{}},'patternProperties':{'^x':{'type':'string'}}} ; (a: Any = ..., **extra: Any) -> Any",
        "{'properties':{'a':{}},'patternProperties':{'^x':{'type':'string'}},'additionalProperties':false} ; (a: Any = ..., **extra: str) -> Any",
        "{'$ref':'#/$defs/in','required':['a'],'$defs':{'in':{'properties':{'a':{'type':'string'}}}}} ; (a: str) -> Any",
      })
  void whatAnAlternativeOrAPatternTakesIsInTheSignature(String schema, String signature) {
    assertThat(bound(schema.replace('\'', '"'), "").signature()).isEqualTo(signature);
  }
}
