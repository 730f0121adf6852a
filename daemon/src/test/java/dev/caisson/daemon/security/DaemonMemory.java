package dev.caisson.daemon.security;

import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.JMException;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/**
 * What a daemon's JVM holds of memory, asked of it over its own management: on the heap after a
 * collection, and beside it, where the buffers of Netty are. The daemon has to run with a summary
 * of its native memory.
 */
final class DaemonMemory implements AutoCloseable {

  /** Where the JVM counts what was allocated past it: direct buffers by whatever way. */
  private static final Pattern BESIDE_THE_HEAP =
      Pattern.compile("Other \\(reserved=\\d+KB, committed=(\\d+)KB");

  private final JMXConnector connector;
  private final MBeanServerConnection jvm;

  private DaemonMemory(JMXConnector connector) throws IOException {
    this.connector = connector;
    this.jvm = connector.getMBeanServerConnection();
  }

  @SuppressWarnings("BanJNDI") // the address is that of a process that this test has started
  static DaemonMemory of(long pid) throws IOException {
    try {
      VirtualMachine machine = VirtualMachine.attach(String.valueOf(pid));
      try {
        return new DaemonMemory(
            JMXConnectorFactory.connect(new JMXServiceURL(machine.startLocalManagementAgent())));
      } finally {
        machine.detach();
      }
    } catch (AttachNotSupportedException e) {
      throw new IOException("the daemon's JVM cannot be asked for its memory", e);
    }
  }

  /** MiB that are alive on the heap. */
  long heap() {
    try {
      MemoryMXBean memory =
          ManagementFactory.newPlatformMXBeanProxy(
              jvm, ManagementFactory.MEMORY_MXBEAN_NAME, MemoryMXBean.class);
      memory.gc();
      return memory.getHeapMemoryUsage().getUsed() >> 20;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** MiB of buffers beside the heap. */
  long beside() {
    try {
      Object summary =
          jvm.invoke(
              new ObjectName("com.sun.management:type=DiagnosticCommand"),
              "vmNativeMemory",
              new Object[] {new String[] {"summary"}},
              new String[] {String[].class.getName()});
      Matcher found = BESIDE_THE_HEAP.matcher(String.valueOf(summary));
      if (!found.find()) {
        throw new IllegalStateException("no account of native memory: " + summary);
      }
      return Long.parseLong(found.group(1)) >> 10;
    } catch (JMException e) {
      throw new IllegalStateException("the daemon's JVM gives no account of its memory", e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    connector.close();
  }
}
