package dev.moat.assembler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.moat.cli.KernelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecipeTest {
    @TempDir private Path directory;

    private Recipe read(String text) throws Exception {
        return Recipe.read(Files.writeString(directory.resolve("k.bndrun"), text));
    }

    private String refusal(String text) {
        String message = assertThrows(KernelException.class, () -> read(text)).getMessage();
        assertEquals(1, message.lines().count(), message);
        return message;
    }

    @Test
    void requirements_areReadFromAllTheirPlaces() throws Exception {
        Files.writeString(directory.resolve("more.bndrun"), "-runrequires.more: b;filter:='(b=1)'");
        Recipe recipe =
                read(
                        """
                        -include: ${.}/more.bndrun
                        -runee: JavaSE-25
                        -runrequires: a;filter:='(a=1)',\\
                            bnd.identity;id=org.example
                        """);
        assertEquals(
                List.of("a 1", "bundle org.example", "b 1"),
                recipe.asked().stream().map(Words::need).toList());
    }

    @Test
    void wrongFile_isRefusedInOneLine() {
        assertEquals("k.bndrun: asks for nothing: it has no -runrequires", refusal(""));
        assertTrue(refusal("-runrequire: a;filter:='(a=1)'").contains("'-runrequire'"));
        assertTrue(refusal("-runrequires: a").contains("'a' is no requirement"));
        assertEquals(
                "k.bndrun: -runrequires: not a filter: (a=1",
                refusal("-runrequires: a;filter:='(a=1'"));
        assertEquals(
                "k.bndrun: -runrequires: a quote is not closed",
                refusal("-runrequires: a;filter:='(a=1)"));
        assertTrue(
                refusal("-runrequires: a;filter:='(a=1)'\n-runblacklist: b;filter:='b'")
                        .startsWith("k.bndrun: -runblacklist: not a filter"));
        assertEquals("k.bndrun: not a bndrun file", refusal("-runrequires: \\uzzzz"));
    }

    @Test
    void binaryFile_isRefused() throws Exception {
        Path file = Files.write(directory.resolve("k.bndrun"), new byte[] {(byte) 0xff, 0, 1});
        assertEquals(
                "k.bndrun: not a bndrun file",
                assertThrows(KernelException.class, () -> Recipe.read(file)).getMessage());
    }
}
