package dev.caisson.mcp.app;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ConfiguratorRank;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.spi.ContextAwareBase;

/**
 * What is logged, and where: warnings, on standard error, because standard output is the protocol.
 * Logback finds it as a service. In code instead of a logback.xml, because an XML parser is a sixth
 * of the time to the first answer; a file that {@code -Dlogback.configurationFile} names goes
 * first.
 */
@ConfiguratorRank(ConfiguratorRank.CUSTOM_HIGH_PRIORITY)
public final class LogSetting extends ContextAwareBase implements Configurator {

  @Override
  public ExecutionStatus configure(LoggerContext context) {
    if (System.getProperty("logback.configurationFile") != null) {
      return ExecutionStatus.INVOKE_NEXT_IF_ANY;
    }
    var root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.setLevel(Level.WARN);
    root.addAppender(stderr(context, "caisson: %level %logger{0}: %msg%n%nopex"));
    // Our own warnings are sentences for who runs the command.
    var own = context.getLogger("dev.caisson");
    own.setAdditive(false);
    own.addAppender(stderr(context, "caisson: %msg%n%nopex"));
    // The SDK logs whole messages at its lower levels: arguments and results are not ours to log.
    context.getLogger("io.modelcontextprotocol").setLevel(Level.ERROR);
    // Its client may log what a server answered, with the secrets that are still in it.
    context.getLogger("io.modelcontextprotocol.client").setLevel(Level.OFF);
    // What it says of a request may have the request's headers, with tokens.
    context.getLogger("org.eclipse.jetty").setLevel(Level.ERROR);
    // Warns on each connection that a Unix socket has no keep-alive.
    context.getLogger("io.grpc.netty").setLevel(Level.ERROR);
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }

  private static ConsoleAppender<ILoggingEvent> stderr(LoggerContext context, String pattern) {
    var encoder = new PatternLayoutEncoder();
    encoder.setContext(context);
    encoder.setPattern(pattern);
    encoder.start();
    var appender = new ConsoleAppender<ILoggingEvent>();
    appender.setContext(context);
    appender.setTarget("System.err");
    appender.setEncoder(encoder);
    appender.start();
    return appender;
  }
}
