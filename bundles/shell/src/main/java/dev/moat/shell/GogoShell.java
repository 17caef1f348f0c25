package dev.moat.shell;

import dev.moat.api.shell.CommandShell;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.lang.reflect.InvocationTargetException;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.CommandSession;
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
        var input = new FileInputStream(FileDescriptor.in);
        try (CommandSession session = processor.createSession(input, System.out, System.err)) {
            session.put(CommandSession.OPTION_NO_GLOB, true);
            // names without a scope are looked up here, after Gogo's own
            session.put("SCOPE", "moat:*");
            Object result = session.execute(commands);
            if (result != null) {
                System.out.println(session.format(result, org.apache.felix.service.command.Converter.INSPECT));
            }
            return true;
        } catch (Exception e) {
            // a command may throw anything; Gogo wraps some of it
            Throwable cause = e instanceof InvocationTargetException wrapped ? wrapped.getTargetException() : e;
            System.err.println("moat: " + (cause.getMessage() == null ? cause : cause.getMessage()));
            return false;
        } finally {
            System.out.flush();
        }
    }
}
