package dev.caisson.mcp.http;

import dev.caisson.mcp.http.Tokens.Principal;
import dev.caisson.mcp.protocol.ErrorCodes;
import dev.caisson.mcp.protocol.Incoming;
import dev.caisson.mcp.protocol.IncomingMessages;
import dev.caisson.mcp.protocol.RequestRefusedException;
import dev.caisson.mcp.protocol.Revisions;
import java.io.IOException;
import java.util.Map;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;

/** What is answered at {@link #PATH}: who may ask, and in which era. Any thread. */
final class Endpoint {

  static final String PATH = "/mcp";

  private static final String HEADERS =
      "Authorization, Content-Type, Last-Event-ID, Mcp-Method, Mcp-Name, Mcp-Session-Id,"
          + " MCP-Protocol-Version";

  private final Places places;
  private final Tokens tokens;
  private final Bodies bodies;
  private final LegacyRequests legacy;
  private final ModernRequests modern;

  Endpoint(
      Places places, Tokens tokens, Bodies bodies, LegacyRequests legacy, ModernRequests modern) {
    this.places = places;
    this.tokens = tokens;
    this.bodies = bodies;
    this.legacy = legacy;
    this.modern = modern;
  }

  void answer(Request request, Response response)
      throws RefusedException, IOException, InterruptedException {
    requirePlace(request, response);
    if (request.getMethod().equals("OPTIONS")) {
      // What a browser asks before it lets a page send the request; it shows no token.
      response.getHeaders().put("Access-Control-Allow-Methods", "POST, GET, DELETE");
      response.getHeaders().put("Access-Control-Allow-Headers", HEADERS);
      response.getHeaders().put("Access-Control-Max-Age", "600");
      response.getHeaders().put(HttpHeader.CONNECTION, "close");
      Responses.empty(response, 204);
      return;
    }
    var who = bearer(request);
    switch (request.getMethod()) {
      case "POST" -> post(request, response, who);
      case "GET" -> {
        requireLegacy(request);
        legacy.get(request, response, who, accepted(request));
      }
      case "DELETE" -> {
        requireLegacy(request);
        legacy.delete(request, response, who);
      }
      default -> throw notAllowed("POST, GET, DELETE");
    }
  }

  private void requirePlace(Request request, Response response) throws RefusedException {
    if (!places.takesHost(request.getHeaders().get(HttpHeader.HOST))) {
      throw new RefusedException(
          403, "this server does not go by the name in Host; --allow-host lets one in");
    }
    var origin = request.getHeaders().get(HttpHeader.ORIGIN);
    if (!places.takesOrigin(origin)) {
      throw new RefusedException(
          403, "pages of this Origin may not ask; --allow-origin lets one in");
    }
    if (origin != null) {
      response.getHeaders().put("Access-Control-Allow-Origin", origin);
      response.getHeaders().put("Access-Control-Expose-Headers", "Mcp-Session-Id");
      response.getHeaders().put(HttpHeader.VARY, "Origin");
    }
  }

  private Principal bearer(Request request) throws RefusedException {
    var shown = request.getHeaders().get(HttpHeader.AUTHORIZATION);
    return tokens
        .bearer(shown)
        .orElseThrow(() ->
            new RefusedException(
                401,
                shown == null
                    ? "a bearer token is needed: the header Authorization is missing"
                    : "the bearer token is none of those that are taken",
                Map.of(
                    "WWW-Authenticate",
                    shown == null ? "Bearer" : "Bearer error=\"invalid_token\"")));
  }

  /** GET and DELETE are of sessions, which revision 2026-07-28 does not have. */
  private static void requireLegacy(Request request) throws RefusedException {
    var version = request.getHeaders().get(ModernHeaders.VERSION);
    if (version != null && Revisions.isModern(version)) {
      throw notAllowed("POST");
    }
    if (version != null && !Revisions.isLegacy(version)) {
      throw new RefusedException(400, null, Revisions.unsupported(version));
    }
  }

  private static RefusedException notAllowed(String allowed) {
    return new RefusedException(
        405, "the method has to be one of " + allowed, Map.of("Allow", allowed));
  }

  private static Accepted accepted(Request request) {
    return Accepted.of(request.getHeaders().getCSV(HttpHeader.ACCEPT, false));
  }

  private void post(Request request, Response response, Principal who)
      throws RefusedException, IOException, InterruptedException {
    var type = String.valueOf(request.getHeaders().get(HttpHeader.CONTENT_TYPE));
    if (!type.split(";", 2)[0].strip().equalsIgnoreCase("application/json")) {
      throw new RefusedException(415, "the Content-Type has to be application/json");
    }
    var taken = accepted(request);
    if (!taken.json() && !taken.events()) {
      throw new RefusedException(406, "accept application/json and text/event-stream");
    }
    try (var body = bodies.read(request)) {
      var message = message(body.text());
      if (isModern(request, message)) {
        modern.post(request, response, who, message, taken);
      } else {
        legacy.post(request, response, who, message, taken);
      }
    }
  }

  private static Incoming message(String text) throws RefusedException {
    return switch (IncomingMessages.parse(text)) {
      case Incoming.Malformed bad ->
          throw new RefusedException(
              400, bad.id(), new RequestRefusedException(bad.code(), bad.message()));
      case Incoming.Blank blank ->
          throw new RefusedException(
              400, null, new RequestRefusedException(ErrorCodes.PARSE_ERROR, "the body is empty"));
      case Incoming message -> message;
    };
  }

  /**
   * By the header, and for a request by its body too, so that one of whose header something is
   * wrong is told so in its own era. A greeting says in its body what it wants.
   */
  private static boolean isModern(Request request, Incoming message) {
    var version = request.getHeaders().get(ModernHeaders.VERSION);
    var named = version != null && !Revisions.isLegacy(version);
    return message instanceof Incoming.Request asked
        ? !asked.method().equals("initialize") && (named || Revisions.claimsModern(asked))
        : named;
  }
}
