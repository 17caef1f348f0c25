package dev.moat.cli.shared;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Turns what the operator typed into guest strings, which keep one byte in one char, and back.
 *
 * <p>The JVM has decoded the arguments of {@code main} in the locale's encoding and lost what does
 * not fit; the bytes themselves are in {@code /proc/self/cmdline} (proc(5)).
 */
public final class GuestStrings {
    private static final Charset HOST =
            Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));

    private GuestStrings() {}

    /**
     * Gives the arguments byte for byte; what the JVM made of them where there is no {@code /proc}.
     */
    public static String[] arguments(String[] decoded) {
        try {
            byte[] line = Files.readAllBytes(Path.of("/proc/self/cmdline"));
            List<String> all = split(new String(line, StandardCharsets.ISO_8859_1));
            int first = all.size() - decoded.length;
            if (first > 0) {
                return all.subList(first, all.size()).toArray(String[]::new);
            }
        } catch (IOException e) {
            // no proc file system: the decoded ones are the best there is
        }
        var encoded = new String[decoded.length];
        for (int i = 0; i < decoded.length; i++) {
            encoded[i] = of(decoded[i]);
        }
        return encoded;
    }

    /** Encodes a Java string as the host would. */
    public static String of(String text) {
        return new String(text.getBytes(HOST), StandardCharsets.ISO_8859_1);
    }

    /** Decodes a guest string for people. */
    public static String display(String guest) {
        return new String(guest.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    }

    /**
     * Gives the host path that a guest string names.
     *
     * @throws UsageException when the host has no such path
     */
    public static Path hostPath(String guest) {
        try {
            return Path.of(new String(guest.getBytes(StandardCharsets.ISO_8859_1), HOST));
        } catch (InvalidPathException e) {
            throw new UsageException("not a path: '" + guest + "'");
        }
    }

    private static List<String> split(String line) {
        Deque<String> parts = new ArrayDeque<>(List.of(line.split("\0", -1)));
        if (!parts.isEmpty() && parts.getLast().isEmpty()) {
            parts.removeLast();
        }
        return new ArrayList<>(parts);
    }
}
