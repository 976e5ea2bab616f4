import java.io.BufferedReader;
import java.io.InputStreamReader;
import org.apache.dubbo.config.ApplicationConfig;
import org.apache.dubbo.config.ProtocolConfig;
import org.apache.dubbo.config.ReferenceConfig;
import org.apache.dubbo.config.RegistryConfig;
import org.apache.dubbo.config.ServiceConfig;

/**
 * A provider and its consumers in one process, at the port that it is given. For each line `CONNECTION METHOD` that comes in,
 * one call is made and one line goes out: whether it succeeded.
 */
public class DubboPeer {
    public interface Cart {
        String total(String id);
        String broken(String id);
    }

    public interface Nowhere {
        String total(String id);
    }

    public static class Shop implements Cart {
        public String total(String id) {
            return id.repeat(3);
        }

        public String broken(String id) {
            throw new IllegalStateException("nothing works");
        }
    }

    private static final int CONNECTIONS = 4;

    public static void main(String[] arguments) throws Exception {
        int port = Integer.parseInt(arguments[0]);
        ServiceConfig<Cart> service = new ServiceConfig<>();
        service.setApplication(application());
        service.setRegistry(new RegistryConfig("N/A"));
        ProtocolConfig protocol = new ProtocolConfig("dubbo", port);
        protocol.setHost("127.0.0.1");
        service.setProtocol(protocol);
        service.setInterface(Cart.class);
        service.setRef(new Shop());
        service.export();
        Cart[] carts = new Cart[CONNECTIONS];
        Nowhere[] nowhere = new Nowhere[CONNECTIONS];
        for (int place = 0; place < CONNECTIONS; place += 1) {
            carts[place] = to(Cart.class, port);
            nowhere[place] = to(Nowhere.class, port);
        }
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        System.err.println("ready");
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] words = line.split(" ");
            int connection = Integer.parseInt(words[0]);
            System.err.println(said(carts[connection], nowhere[connection], words[1]));
        }
        System.exit(0);
    }

    private static String said(Cart cart, Nowhere nowhere, String method) {
        try {
            switch (method) {
                case "total": cart.total("mug"); break;
                case "long": cart.total("x".repeat(2_000)); break;
                case "broken": cart.broken("mug"); break;
                default: nowhere.total("mug");
            }
            return "done";
        } catch (RuntimeException failure) {
            return "failed";
        }
    }

    private static <T> T to(Class<T> type, int port) {
        ReferenceConfig<T> reference = new ReferenceConfig<>();
        reference.setApplication(application());
        reference.setInterface(type);
        // 127.0.0.1 would be replaced by another address of this machine.
        reference.setUrl("dubbo://[::1]:" + port);
        reference.setConnections(1);
        reference.setScope("remote");
        reference.setRetries(0);
        reference.setTimeout(1_000);
        reference.setCheck(false);
        return reference.get();
    }

    private static ApplicationConfig application() {
        ApplicationConfig application = new ApplicationConfig("shop");
        application.setQosEnable(false);
        return application;
    }
}
