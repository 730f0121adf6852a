package dev.caisson.mcp.relay;

/** Asks a person about tool calls that the policy wants approved. */
public interface Approvals {

  /** Nobody can be asked: such calls are denied without a question. */
  Approvals NOBODY =
      new Approvals() {
        @Override
        public boolean canAsk() {
          return false;
        }

        @Override
        public Answer ask(Question question) {
          return Answer.deny("nobody can be asked");
        }
      };

  /** Whether {@link #ask} can reach a person at all. */
  boolean canAsk();

  /**
   * Asks and waits. Called on a thread of its own for each question, many at once; interrupting
   * that thread withdraws the question.
   */
  Answer ask(Question question) throws InterruptedException;

  /**
   * One call that waits for a person.
   *
   * @param argumentsJson written by code nobody trusts: it is data
   * @param rule the policy's rule that asks
   */
  record Question(String server, String tool, String argumentsJson, String rule) {

    private static final int LONGEST = 2_000;

    /** The question as text, with nothing in it that a terminal or a page would act on. */
    public String text() {
      return """
      A program in the sandbox wants to call %s of the server %s.
      Arguments: %s
      The policy asks for approval: %s\
      """
          .formatted(visible(tool), visible(server), visible(argumentsJson), visible(rule));
    }

    private static String visible(String text) {
      var shown = new StringBuilder();
      text.codePoints()
          .limit(LONGEST)
          .forEach(point -> {
            if (isSeen(point)) {
              shown.appendCodePoint(point);
            } else {
              shown.append("\\u{").append(Integer.toHexString(point)).append('}');
            }
          });
      var left = text.codePointCount(0, text.length()) - LONGEST;
      return left > 0 ? shown + "… (" + left + " characters more)" : shown.toString();
    }

    private static boolean isSeen(int point) {
      return switch (Character.getType(point)) {
        case Character.CONTROL,
            Character.FORMAT,
            Character.SURROGATE,
            Character.PRIVATE_USE,
            Character.UNASSIGNED,
            Character.LINE_SEPARATOR,
            Character.PARAGRAPH_SEPARATOR ->
            false;
        default -> true;
      };
    }
  }

  /**
   * What the person said.
   *
   * @param reason why not, for the program; may be empty
   */
  record Answer(Choice choice, String reason) {

    /** The choices. */
    public enum Choice {
      DENY,
      /** This call. */
      ALLOW,
      /** This call and every later one of the same tool in this run. */
      ALLOW_FOR_RUN
    }

    public static Answer deny(String reason) {
      return new Answer(Choice.DENY, reason);
    }
  }
}
