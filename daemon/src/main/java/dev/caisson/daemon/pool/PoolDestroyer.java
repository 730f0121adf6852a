package dev.caisson.daemon.pool;

import dev.caisson.daemon.model.Deadline;
import dev.caisson.daemon.runtime.RunningSandbox;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Destroys sandboxes in the background, again and again until they are gone.
 *
 * <p>Threads: one virtual thread for each sandbox. Closing it ends the repetitions; what is left
 * then is the reaper's.
 */
final class PoolDestroyer implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(PoolDestroyer.class);

  private final PoolConfig config;
  private final Set<Thread> threads = ConcurrentHashMap.newKeySet();

  PoolDestroyer(PoolConfig config) {
    this.config = config;
  }

  /**
   * Begins to destroy it and returns.
   *
   * @param destroyed called once when it is gone
   * @param failed called after each attempt that failed
   */
  void destroy(RunningSandbox sandbox, Runnable destroyed, Runnable failed) {
    Thread thread =
        Thread.ofVirtual()
            .name("destroy-" + sandbox.id())
            .unstarted(() -> pursue(sandbox, destroyed, failed));
    threads.add(thread);
    thread.start();
  }

  @Override
  public void close() {
    threads.forEach(Thread::interrupt);
  }

  private void pursue(RunningSandbox sandbox, Runnable destroyed, Runnable failed) {
    Duration pause = config.shortestBackoff();
    try {
      while (!attempt(sandbox)) {
        failed.run();
        Thread.sleep(pause);
        Duration doubled = pause.multipliedBy(2);
        pause = doubled.compareTo(config.longestBackoff()) < 0 ? doubled : config.longestBackoff();
      }
      destroyed.run();
    } catch (InterruptedException e) {
      LOG.warn("Sandbox {} is left to the reaper", sandbox.id());
    } finally {
      threads.remove(Thread.currentThread());
    }
  }

  private boolean attempt(RunningSandbox sandbox) {
    try {
      sandbox.destroy(Deadline.after(config.destructionTimeout()));
      return true;
    } catch (RuntimeException e) {
      LOG.warn("Sandbox {} could not be destroyed: {}", sandbox.id(), String.valueOf(e));
      return false;
    }
  }
}
