import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** Says what shipping costs and hands parcels to the post. */
public final class Main {
  private static final Map<String, Integer> QUOTES = Map.of("standard", 0);

  public static void main(String[] arguments) throws Exception {
    AtomicInteger parcels = new AtomicInteger();
    Kit.serve("shipping", Map.of(
        "GET /quotes/([^/]+)", (path, body) -> {
          String service = path.group(1);
          Integer cents = QUOTES.get(service);
          if (cents == null) throw new Kit.HttpError(404, "no shipping service \"" + service + "\"");
          return "{\"service\":" + Kit.quote(service) + ",\"cents\":" + cents + "}";
        },
        "POST /parcels", (path, body) ->
            "{\"parcel\":" + parcels.incrementAndGet() + ",\"order\":" + Kit.numberOf(body, "order") + "}"));
  }
}
