package dev.moat.sandbox;

import dev.moat.api.sandbox.KernelMessages.Message;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Messages as syslog(2) gives them: record_print_text(), kernel/printk/printk.c. */
final class MessageText {
    /** PRINTK_MESSAGE_MAX: lines of a message that do not fit are left out. */
    private static final int MOST_BYTES = 2048;

    private static final long SECOND_NS = 1_000_000_000L;
    private static final long MICROSECOND_NS = 1000;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    /** Each line with priority and time. */
    static byte[] of(Message message) {
        String prefix =
                String.format(
                        Locale.ROOT,
                        "<%d>[%5d.%06d] ",
                        message.priority(),
                        message.timeNs() / SECOND_NS,
                        message.timeNs() % SECOND_NS / MICROSECOND_NS);
        StringBuilder out = new StringBuilder();
        for (String line : message.text().split("\n", -1)) {
            if (out.length() + prefix.length() + line.length() + 1 > MOST_BYTES) {
                break;
            }
            out.append(prefix).append(line).append('\n');
        }
        return out.toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    void add(byte[] text, int from, int to) {
        bytes.write(text, from, to - from);
    }

    int length() {
        return bytes.size();
    }

    byte[] bytes() {
        return bytes.toByteArray();
    }
}
