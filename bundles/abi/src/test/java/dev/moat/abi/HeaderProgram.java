package dev.moat.abi;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A C program that prints the values of expressions, as the machine's headers define them.
 *
 * <p>An expression that does not compile (a name that is newer than the headers, or known to the
 * kernel only) is left out of the program: each stands on a line of its own, so that the compiler's
 * messages say which.
 */
final class HeaderProgram {
    private static final Pattern ERROR = Pattern.compile("program\\.c:(\\d+):\\d+: error: (.*)");

    private final Path directory;
    private final String prelude;
    private final List<String> expressions;

    HeaderProgram(Path directory, List<String> headers, String prelude, List<String> expressions) {
        var text = new StringBuilder();
        headers.forEach(header -> text.append("#include <").append(header).append(">\n"));
        text.append(prelude).append('\n');
        text.append("int printf(const char *, ...);\n");
        this.directory = directory;
        this.prelude = text.toString();
        this.expressions = List.copyOf(expressions);
    }

    /** Returns the name of the machine's C compiler, or an empty text if there is none. */
    static String compiler() {
        for (String name : List.of("cc", "gcc", "clang")) {
            for (String folder : System.getenv().getOrDefault("PATH", "").split(":", -1)) {
                if (Files.isExecutable(Path.of(folder, name))) {
                    return name;
                }
            }
        }
        return "";
    }

    /** Returns the value of each expression that the headers can tell. */
    Map<String, Long> run() throws IOException, InterruptedException {
        Set<Integer> left = new HashSet<>();
        Path binary = directory.resolve("program");
        while (true) {
            Path source = directory.resolve("program.c");
            Files.writeString(source, source(left));
            Output compiled =
                    execute(
                            List.of(
                                    compiler(),
                                    "-D_GNU_SOURCE",
                                    "-w",
                                    source.toString(),
                                    "-o",
                                    binary.toString()));
            if (compiled.status() == 0) {
                return values(execute(List.of(binary.toString())).text());
            }
            if (!left.addAll(failedLines(compiled.text()))) {
                throw new AssertionError(compiled.text());
            }
        }
    }

    private String source(Set<Integer> left) {
        var text = new StringBuilder(prelude).append("int main(void) {\n");
        for (int i = 0; i < expressions.size(); i++) {
            if (!left.contains(i)) {
                text.append("printf(\"%d %lld\\n\", ").append(i).append(", (long long) (");
                text.append(expressions.get(i)).append("));");
            }
            text.append('\n');
        }
        return text.append("return 0; }\n").toString();
    }

    private List<Integer> failedLines(String messages) {
        int first = (int) prelude.lines().count() + 2;
        List<Integer> lines = new ArrayList<>();
        Matcher matcher = ERROR.matcher(messages);
        while (matcher.find()) {
            int index = Integer.parseInt(matcher.group(1)) - first;
            if (index < 0 || index >= expressions.size()) {
                throw new AssertionError(messages);
            }
            lines.add(index);
        }
        return lines;
    }

    private Map<String, Long> values(String text) {
        Map<String, Long> values = new HashMap<>();
        for (String line : text.lines().toList()) {
            String[] parts = line.split(" ", -1);
            values.put(expressions.get(Integer.parseInt(parts[0])), Long.parseLong(parts[1]));
        }
        return values;
    }

    private static Output execute(List<String> command) throws IOException, InterruptedException {
        var builder = new ProcessBuilder(command).redirectErrorStream(true);
        // English messages, whatever the machine's language is.
        builder.environment().put("LC_ALL", "C");
        Process process = builder.start();
        byte[] bytes = process.getInputStream().readAllBytes();
        return new Output(process.waitFor(), new String(bytes, StandardCharsets.UTF_8));
    }

    private record Output(int status, String text) {}
}
