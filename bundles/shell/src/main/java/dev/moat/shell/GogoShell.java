package dev.moat.shell;

import dev.moat.api.shell.CommandShell;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Converter;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Runs commands in a Gogo session of their own. */
@Component
public final class GogoShell implements CommandShell {
    private final CommandProcessor processor;

    @Activate
    public GogoShell(@Reference CommandProcessor processor) {
        this.processor = processor;
    }

    @Override
    public boolean execute(String commands) {
        // System.out is Gogo's here, and leads back to the session
        var input = new FileInputStream(FileDescriptor.in);
        var output = new PrintStream(new FileOutputStream(FileDescriptor.out), false);
        var errors = new PrintStream(new FileOutputStream(FileDescriptor.err), true);
        try (CommandSession session = processor.createSession(input, output, errors)) {
            session.put("SCOPE", "moat:gogo:*");
            Object result = session.execute(commands);
            if (result != null) {
                output.println(session.format(result, Converter.INSPECT));
            }
            return true;
        } catch (Exception e) {
            // a command may throw anything; Gogo wraps some of it
            Throwable cause =
                    e instanceof InvocationTargetException wrapped
                            ? wrapped.getTargetException()
                            : e;
            errors.println("moat: " + (cause.getMessage() == null ? cause : cause.getMessage()));
            return false;
        } finally {
            output.flush();
        }
    }
}
