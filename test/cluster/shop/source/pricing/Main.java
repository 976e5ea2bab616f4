import java.util.Map;

/** What things cost today: the base price of a product less what promotions say. */
public final class Main {
  public static void main(String[] arguments) throws Exception {
    String products = Kit.address("PRODUCTS_URL");
    String promotions = Kit.address("PROMOTIONS_URL");
    Kit.serve("pricing", Map.of(
        "GET /prices/([^/]+)", (path, body) -> {
          String id = path.group(1);
          long base = Kit.numberOf(Kit.call("products", products + "/products/" + id + "/base", null), "cents");
          long percent = Kit.numberOf(Kit.call("promotions", promotions + "/promotions/" + id, null), "percent");
          return "{\"id\":" + Kit.quote(id) + ",\"cents\":" + less(base, percent) + "}";
        },
        "POST /totals", (path, body) -> {
          long cents = Kit.numberOf(body, "cents");
          String coupon = Kit.textOf(body, "coupon");
          if (coupon == null) return "{\"cents\":" + cents + "}";
          long percent = Kit.numberOf(Kit.call("promotions", promotions + "/coupons/" + coupon, null), "percent");
          return "{\"cents\":" + less(cents, percent) + "}";
        }));
  }

  private static long less(long cents, long percent) {
    return Math.round(cents * (100 - percent) / 100.0);
  }
}
