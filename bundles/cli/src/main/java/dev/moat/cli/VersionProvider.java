package dev.moat.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** The version of the build. */
final class VersionProvider implements IVersionProvider {
    @Override
    public String[] getVersion() throws IOException {
        var properties = new Properties();
        try (InputStream stream = VersionProvider.class.getResourceAsStream("version.properties")) {
            properties.load(stream);
        }
        return new String[] {"moat " + properties.getProperty("version")};
    }
}
