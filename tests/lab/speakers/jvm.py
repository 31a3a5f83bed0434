# SPDX-License-Identifier: GPL-3.0-or-later
"""
Java: RMI (rmiregistry and a client of a few lines of Java), JMX (the agent of the virtual machine
and a client of a few lines), ZooKeeper (its server and kazoo).
"""
import glob

from speakers import client, server

QUICK = ["-Xmx64m", "-XX:TieredStopAtLevel=1", "-Djava.net.preferIPv4Stack=true"]

LIST_NAMES = """
import java.rmi.registry.LocateRegistry;

public class ListNames {
	public static void main(String[] args) throws Exception {
		System.out.println(LocateRegistry.getRegistry(args[0], Integer.parseInt(args[1]))
			.list().length);
	}
}
"""

MONITOR = """
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

public class Monitor {
	public static void main(String[] args) throws Exception {
		JMXConnectorFactory.connect(new JMXServiceURL("service:jmx:rmi:///jndi/rmi://"
			+ args[0] + ":" + args[1] + "/jmxrmi")).close();
	}
}
"""

IDLE = """
public class Idle {
	public static void main(String[] args) throws Exception {
		Thread.sleep(Long.MAX_VALUE);
	}
}
"""


@server("Java-RMI")
def serve_rmi(host, port, *, jmx=0, **_):
    """A registry; or with JMX: the port of the RMI server, an agent whose registry is on PORT."""
    if not jmx:
        return host.start(["rmiregistry"] + ["-J" + word for word in QUICK] + [
            "-J-Djava.rmi.server.hostname=" + host.address, port], port=port)
    agent = "-Dcom.sun.management.jmxremote"
    path = host.write("Idle.java", IDLE)
    process = host.start(["java"] + QUICK + [
        agent, agent + ".port=%d" % port, agent + ".rmi.port=%d" % int(jmx),
        agent + ".authenticate=false", agent + ".ssl=false",
        "-Djava.rmi.server.hostname=" + host.address, path], port=port)
    host.wait_for_port(int(jmx), "tcp", process)
    return process


@client("Java-RMI")
def talk_rmi(host, server_address, port, *, jmx=0, **_):
    name, source = ("Monitor", MONITOR) if jmx else ("ListNames", LIST_NAMES)
    path = host.write(name + ".java", source)
    host.run(["java"] + QUICK + [path, server_address, port], timeout=30)


@server("ZooKeeper")
def serve_zookeeper(host, port, **_):
    conf = host.write("zoo.cfg", """tickTime=2000
dataDir=%s/zookeeper
clientPort=%d
clientPortAddress=%s
admin.enableServer=false
""" % (host.folder, port, host.address))
    jars = glob.glob("/usr/share/java/zookeeper*.jar") + [
        "/usr/share/java/%s.jar" % name for name in (
            "slf4j-api", "slf4j-nop", "netty-all", "commons-cli", "commons-io", "metrics-core",
            "snappy-java", "jackson-core", "jackson-databind", "jackson-annotations",
            "audience-annotations", "yetus-audience-annotations", "zookeeper-jute")]
    return host.start(["java"] + QUICK + ["-cp", ":".join(jars),
                      "org.apache.zookeeper.server.quorum.QuorumPeerMain", conf], port=port,
                      patience=40)


KAZOO = """
import sys
from kazoo.client import KazooClient
zoo = KazooClient(sys.argv[1])
zoo.start(timeout=8)
zoo.exists("/lab")
zoo.stop()
zoo.close()
"""


@client("ZooKeeper")
def talk_zookeeper(host, server_address, port, **_):
    host.run(["/usr/bin/python3", "-c", KAZOO, "%s:%d" % (server_address, port)])
