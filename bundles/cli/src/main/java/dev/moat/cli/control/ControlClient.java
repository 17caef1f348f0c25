package dev.moat.cli.control;

import dev.moat.lib.json.JsonException;
import dev.moat.lib.json.JsonObject;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Finds kernel hosts and gives them requests. */
public final class ControlClient {
    private final ControlDirectory directory;

    public ControlClient(ControlDirectory directory) {
        this.directory = directory;
    }

    /** A request of one kind, to be filled. */
    public static JsonObject request(String kind) {
        return JsonObject.create().with("moat", ControlServer.VERSION).with("do", kind);
    }

    /**
     * The kernel host in which a sandbox runs.
     *
     * @throws ControlException there is none, or more than one
     */
    public Host hostOf(String sandbox) {
        List<Host> found = new ArrayList<>();
        for (Host host : hosts()) {
            if (host.sandboxes().contains(sandbox)) {
                found.add(host);
            }
        }
        if (found.isEmpty()) {
            throw new ControlException("no sandbox '" + sandbox + "' is running");
        }
        if (found.size() > 1) {
            throw new ControlException(
                    "several kernel hosts have a sandbox '%s': processes %s"
                            .formatted(sandbox, found.stream().map(Host::process).toList()));
        }
        return found.getFirst();
    }

    /** Kernel hosts that answer. Sockets of those that have ended are removed. */
    private List<Host> hosts() {
        List<Host> hosts = new ArrayList<>();
        try {
            for (Path socket : directory.sockets()) {
                try {
                    JsonObject answer = ask(socket, request("list"), _ -> {});
                    hosts.add(new Host(socket, answer.strings("sandboxes")));
                } catch (ConnectException e) {
                    Files.deleteIfExists(socket);
                } catch (IOException | ControlException | JsonException e) {
                    // One that is just ending, or of another version: not the one that is sought.
                    continue;
                }
            }
        } catch (IOException e) {
            throw new ControlException("cannot look for kernel hosts: " + e, e);
        }
        return hosts;
    }

    private static JsonObject ask(Path socket, JsonObject request, Consumer<JsonObject> progress)
            throws IOException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
                Lines lines = new Lines(channel)) {
            lines.write(request.toString());
            while (true) {
                String line = lines.read();
                if (line == null) {
                    throw new ControlException("the kernel host has ended before it answered");
                }
                JsonObject answer = JsonObject.parse(line);
                if (answer.has("error")) {
                    throw new ControlException(answer.string("error"));
                }
                if (answer.has("result")) {
                    return answer.object("result");
                }
                progress.accept(answer.object("progress"));
            }
        }
    }

    /** A kernel host. */
    public record Host(Path socket, List<String> sandboxes) {
        /**
         * Gives it a request and waits for the result.
         *
         * @throws ControlException it has refused, or has ended
         */
        public JsonObject ask(JsonObject request, Consumer<JsonObject> progress) {
            try {
                return ControlClient.ask(socket, request, progress);
            } catch (IOException | JsonException e) {
                throw new ControlException("the kernel host does not answer: " + e, e);
            }
        }

        String process() {
            String name = String.valueOf(socket.getFileName());
            return name.substring(0, name.indexOf('.'));
        }
    }
}
