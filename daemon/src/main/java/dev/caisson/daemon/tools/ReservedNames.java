package dev.caisson.daemon.tools;

import java.util.Set;
import java.util.TreeSet;

/**
 * Names that no tool server gets. Servers are visible beside Python's builtins, so a server called
 * "list" would take list() away from every program; it is called list_ instead.
 */
final class ReservedNames {

  /** Ours, and what the rendered module imports. */
  private static final Set<String> OURS =
      Set.of(
          "tools",
          "caisson",
          "search",
          "display",
          "annotations",
          "typing",
          "builtins",
          "Any",
          "Literal",
          "NotRequired",
          "Required",
          "TypedDict",
          "ToolError",
          "ToolArgumentError");

  private static final String BUILTINS =
      """
      ArithmeticError AssertionError AttributeError BaseException BaseExceptionGroup BlockingIOError
      BrokenPipeError BufferError BytesWarning ChildProcessError ConnectionAbortedError
      ConnectionError ConnectionRefusedError ConnectionResetError DeprecationWarning EOFError Ellipsis
      EncodingWarning EnvironmentError Exception ExceptionGroup FileExistsError FileNotFoundError
      FloatingPointError FutureWarning GeneratorExit IOError ImportError ImportWarning
      IndentationError IndexError InterruptedError IsADirectoryError KeyError KeyboardInterrupt
      LookupError MemoryError ModuleNotFoundError NameError NotADirectoryError NotImplemented
      NotImplementedError OSError OverflowError PendingDeprecationWarning PermissionError
      ProcessLookupError PythonFinalizationError RecursionError ReferenceError ResourceWarning
      RuntimeError RuntimeWarning StopAsyncIteration StopIteration SyntaxError SyntaxWarning
      SystemError SystemExit TabError TimeoutError TypeError UnboundLocalError UnicodeDecodeError
      UnicodeEncodeError UnicodeError UnicodeTranslateError UnicodeWarning UserWarning ValueError
      Warning ZeroDivisionError abs aiter all anext any ascii bin bool breakpoint bytearray bytes
      callable chr classmethod compile complex copyright credits delattr dict dir divmod enumerate
      eval exec exit filter float format frozenset getattr globals hasattr hash help hex id input int
      isinstance issubclass iter len license list locals map max memoryview min next object oct open
      ord pow print property quit range repr reversed round set setattr slice sorted staticmethod str
      sum super tuple type vars zip
      """;

  static final Set<String> FOR_SERVERS = all();

  private ReservedNames() {}

  private static Set<String> all() {
    Set<String> names = new TreeSet<>(OURS);
    names.addAll(Set.of(BUILTINS.strip().split("\\s+")));
    return Set.copyOf(names);
  }
}
