import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What every Java service of this shop has: JSON over HTTP, calls to others, and the faults of README.md. */
final class Kit {
  /** A handler gets the values of the path's groups and the body, and returns JSON. */
  interface Handler {
    String handle(Matcher path, String body) throws Exception;
  }

  @SuppressWarnings("serial")
  static final class HttpError extends Exception {
    final int status;

    HttpError(int status, String message) {
      super(message);
      this.status = status;
    }
  }

  private static final Fault FAULT = Fault.of(System.getenv().getOrDefault("FAULT", ""));
  private static final Duration CALL_TIMEOUT =
      Duration.ofMillis(Long.parseLong(System.getenv().getOrDefault("CALL_TIMEOUT_MS", "5000")));
  private static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(CALL_TIMEOUT).build();

  private Kit() {}

  /** The address of a dependency; empty when it is optional and not there. */
  static String address(String variable) {
    return System.getenv().getOrDefault(variable, "").replaceAll("/$", "");
  }

  /** Serves routes whose keys are a method and a pattern: {@code GET /prices/([^/]+)}. */
  static void serve(String name, Map<String, Handler> routes) throws Exception {
    if (FAULT.mode.equals("exit")) {
      System.out.println(name + ": cannot start");
      System.exit(3);
    }
    if (FAULT.mode.equals("refuse")) {
      System.out.println(name + ": does not listen");
      Thread.sleep(Long.MAX_VALUE);
    }
    int port = Integer.parseInt(System.getenv("PORT"));
    HttpServer server = HttpServer.create(new InetSocketAddress(port), 0);
    server.setExecutor(Executors.newCachedThreadPool());
    server.createContext("/healthz", exchange -> answer(exchange, 200, "{\"name\":\"" + name + "\",\"ok\":true}"));
    server.createContext("/", exchange -> respond(exchange, name, routes));
    server.start();
    System.out.println(name + " listens on " + port);
  }

  private static void respond(HttpExchange exchange, String name, Map<String, Handler> routes) throws IOException {
    String path = exchange.getRequestURI().getPath();
    boolean isFaulty = path.startsWith(FAULT.path);
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    if (isFaulty && misbehave(exchange)) return;
    int status = 200;
    String json;
    try {
      json = route(name, routes, exchange.getRequestMethod(), path, body);
    } catch (Exception error) {
      status = error instanceof HttpError known ? known.status : 500;
      System.out.println(exchange.getRequestMethod() + " " + path + ": " + status + " " + error.getMessage());
      json = "{\"error\":" + quote(String.valueOf(error.getMessage())) + "}";
      if (isFaulty && FAULT.mode.equals("swallow")) {
        status = 200;
        json = "{}";
      }
    }
    if (isFaulty && FAULT.mode.equals("truncate")) truncate(exchange, json);
    else if (isFaulty && FAULT.mode.equals("slow")) dribble(exchange, status, json);
    else answer(exchange, status, json);
  }

  private static String route(String name, Map<String, Handler> routes, String method, String path, String body)
      throws Exception {
    for (Map.Entry<String, Handler> route : routes.entrySet()) {
      String[] parts = route.getKey().split(" ");
      Matcher matcher = Pattern.compile(parts[1]).matcher(path);
      if (parts[0].equals(method) && matcher.matches()) return route.getValue().handle(matcher, body);
    }
    throw new HttpError(404, name + " has no " + method + " " + path);
  }

  /** GET, or POST when there is a body. What the other side spoils is thrown as 502. */
  static String call(String name, String url, String body) throws Exception {
    for (int attempt = 0; ; attempt++) {
      try {
        return callOnce(name, url, body);
      } catch (HttpError error) {
        if (!FAULT.mode.equals("retry") || attempt >= FAULT.number || error.status != 502) throw error;
        System.out.println(error.getMessage() + "; once more");
      }
    }
  }

  private static String callOnce(String name, String url, String body) throws Exception {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url)).timeout(CALL_TIMEOUT);
    if (body != null) request.POST(HttpRequest.BodyPublishers.ofString(body));
    HttpResponse<String> response;
    try {
      response = CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException error) {
      throw new HttpError(502, name + " did not answer: " + reasonOf(error));
    }
    if (response.statusCode() >= 400) {
      int status = response.statusCode() >= 500 ? 502 : response.statusCode();
      String text = response.body().substring(0, Math.min(200, response.body().length()));
      throw new HttpError(status, name + " answered " + response.statusCode() + ": " + text);
    }
    return response.body();
  }

  private static String reasonOf(Throwable error) {
    for (Throwable at = error; at != null; at = at.getCause()) if (at.getMessage() != null) return at.getMessage();
    return error.getClass().getSimpleName();
  }

  /** The number of {@code key} in a flat JSON object. */
  static long numberOf(String json, String key) throws HttpError {
    Matcher matcher = Pattern.compile("\"" + key + "\"\\s*:\\s*(-?\\d+)").matcher(json);
    if (!matcher.find()) throw new HttpError(502, "\"" + key + "\" is missing in " + json);
    return Long.parseLong(matcher.group(1));
  }

  /** The text of {@code key} in a flat JSON object; null when it is not there. */
  static String textOf(String json, String key) {
    Matcher matcher = Pattern.compile("\"" + key + "\"\\s*:\\s*\"([^\"]*)\"").matcher(json);
    return matcher.find() ? matcher.group(1) : null;
  }

  static String quote(String text) {
    return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + "\"";
  }

  private static void answer(HttpExchange exchange, int status, String json) throws IOException {
    byte[] content = json.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("content-type", "application/json");
    exchange.sendResponseHeaders(status, content.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(content);
    }
  }

  /** {@code mode[:number or status[:text]][@path]} */
  private record Fault(String mode, int number, String text, String path) {
    static Fault of(String text) {
      String[] halves = text.split("@", 2);
      String[] parts = (halves[0] + "::").split(":", 3);
      String words = parts[2].replaceAll(":{1,2}$", "");
      int number = parts[1].isEmpty() ? 0 : Integer.parseInt(parts[1]);
      return new Fault(parts[0], number, words, halves.length > 1 ? halves[1] : "/");
    }
  }

  /** What happens before the request is handled; true when it has been answered. */
  private static boolean misbehave(HttpExchange exchange) throws IOException {
    switch (FAULT.mode) {
      case "crash" -> {
        System.out.println("crash on request");
        Runtime.getRuntime().halt(1);
      }
      case "hang" -> pause(FAULT.number == 0 ? 3_600_000 : FAULT.number);
      case "status" -> {
        answer(exchange, FAULT.number, FAULT.text.isEmpty() ? "{\"error\":\"told to fail\"}" : FAULT.text);
        return true;
      }
      // Outside the heap, which has a limit of its own: what is meant is the container's.
      case "oom" -> {
        List<Object> hoard = new ArrayList<>();
        while (true) hoard.add(hoardedMegabytes());
      }
      default -> {}
    }
    return false;
  }

  private static Object hoardedMegabytes() {
    return java.nio.ByteBuffer.allocateDirect(8 << 20);
  }

  private static void pause(long milliseconds) {
    try {
      Thread.sleep(milliseconds);
    } catch (InterruptedException error) {
      Thread.currentThread().interrupt();
    }
  }

  /** Promises all of the body, gives half of it, and hangs up. */
  private static void truncate(HttpExchange exchange, String json) throws IOException {
    byte[] content = json.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(200, content.length);
    exchange.getResponseBody().write(content, 0, content.length / 2);
    exchange.getResponseBody().flush();
    exchange.close();
  }

  private static void dribble(HttpExchange exchange, int status, String json) throws IOException {
    byte[] content = json.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("content-type", "application/json");
    exchange.sendResponseHeaders(status, content.length);
    try (OutputStream out = exchange.getResponseBody()) {
      for (byte each : content) {
        pause(FAULT.number / content.length);
        out.write(each);
        out.flush();
      }
    }
  }
}
