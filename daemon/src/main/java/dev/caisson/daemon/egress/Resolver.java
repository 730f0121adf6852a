package dev.caisson.daemon.egress;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;

/** Finds the addresses of a host. Only names that the policy allows are ever asked for. */
@FunctionalInterface
public interface Resolver {

  /**
   * All addresses of the host, at least one. May block for as long as a name server takes, and must
   * not be called on a virtual thread: the lookup would hold the thread under it.
   */
  List<InetAddress> resolve(String host) throws UnknownHostException;

  /** By the machine's own name service. */
  static List<InetAddress> bySystem(String host) throws UnknownHostException {
    return List.of(InetAddress.getAllByName(host));
  }
}
