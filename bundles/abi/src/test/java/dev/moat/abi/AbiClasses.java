package dev.moat.abi;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.StructLayout;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The classes of the package as they were built, and the headers that know their names. */
final class AbiClasses {
    private AbiClasses() {}

    /** Returns every public class of the package, found among the compiled classes. */
    static List<Class<?>> all() {
        try {
            var location = Errno.class.getProtectionDomain().getCodeSource().getLocation();
            try (Stream<Path> files =
                    Files.list(Path.of(location.toURI()).resolve("dev/moat/abi"))) {
                return files.map(file -> file.getFileName().toString())
                        .filter(name -> name.endsWith(".class") && !name.contains("-info"))
                        .filter(name -> !name.contains("$"))
                        .map(name -> load(name.substring(0, name.length() - ".class".length())))
                        .filter(type -> Modifier.isPublic(type.getModifiers()))
                        .sorted((a, b) -> a.getName().compareTo(b.getName()))
                        .<Class<?>>map(type -> type)
                        .toList();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Returns the headers of each class, by its simple name. */
    static Map<String, List<String>> headers() {
        try (InputStream in = AbiClasses.class.getResourceAsStream("headers.txt")) {
            if (in == null) {
                throw new IllegalStateException("headers.txt is missing");
            }
            Map<String, List<String>> headers = new HashMap<>();
            new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(line -> line.split(": ", 2))
                    .forEach(part -> headers.put(part[0], List.of(part[1].split(" ", -1))));
            return headers;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the layout of a struct class. */
    static Optional<StructLayout> layout(Class<?> type) {
        return Arrays.stream(type.getFields())
                .filter(field -> field.getName().equals("LAYOUT"))
                .findAny()
                .map(field -> (StructLayout) value(field));
    }

    /**
     * Returns the numbers that a class declares, by name; those about its own layout are not among
     * them.
     */
    static Map<String, Long> constants(Class<?> type) {
        Map<String, Long> constants = new HashMap<>();
        for (Field field : type.getFields()) {
            boolean isNumber = field.getType() == int.class || field.getType() == long.class;
            boolean isOurs = field.getName().equals("SIZE") || field.getName().endsWith("_OFFSET");
            if (isNumber && !isOurs && Modifier.isStatic(field.getModifiers())) {
                constants.put(field.getName(), ((Number) value(field)).longValue());
            }
        }
        if (type == Errno.class) {
            Arrays.stream(Errno.values()).forEach(e -> constants.put(e.name(), (long) e.number()));
        }
        return constants;
    }

    private static Class<?> load(String name) {
        try {
            return Class.forName("dev.moat.abi." + name);
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Object value(Field field) {
        try {
            return field.get(null);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
    }
}
