# SPDX-License-Identifier: GPL-3.0-or-later
"""
Message brokers: RabbitMQ with amqp-publish, Mosquitto with its clients, ActiveMQ with its own
client for OpenWire and stomp.py. "AMQP" with an option "broker: small" is a broker of our own few
lines (AMQP 0-9-1, sections 2.2 and 2.3), because RabbitMQ takes long to start.
"""
import glob

from speakers import client, dialogue, server

RABBIT = "/usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server"


# --- AMQP ---------------------------------------------------------------------------------------

def method(channel, class_id, method_id, arguments=b""):
    body = class_id.to_bytes(2, "big") + method_id.to_bytes(2, "big") + arguments
    return b"\1" + channel.to_bytes(2, "big") + len(body).to_bytes(4, "big") + body + b"\xce"


def long_string(words):
    return len(words).to_bytes(4, "big") + words


SMALL_BROKER = [
    ("c", b"AMQP\0\0\x09\1"),
    ("s", method(0, 10, 10, b"\0\x09" + long_string(b"") + long_string(b"PLAIN")
                 + long_string(b"en_US"))),
    ("c", method(0, 10, 11, long_string(b"") + b"\5PLAIN" + long_string(b"\0app\0secret")
                 + b"\5en_US")),
    ("s", method(0, 10, 30, b"\0\1\0\2\0\0\0\0")),
    ("c", method(0, 10, 31, b"\0\1\0\2\0\0\0\0") + method(0, 10, 40, b"\1/\0\0")),
    ("s", method(0, 10, 41, b"\0")),
    ("c", method(0, 10, 50, b"\0\xc8\2ok\0\0\0\0")),
    ("s", method(0, 10, 51)),
]


@server("AMQP")
def serve_amqp(host, port, *, broker="rabbitmq", **_):
    if broker == "small":
        return dialogue.serve(host, port, SMALL_BROKER)
    home = "%s/rabbitmq-%d" % (host.folder, port)
    host.write("rabbitmq-%d/rabbitmq.conf" % port,
               "listeners.tcp.default = %s:%d\nloopback_users = none\n" % (host.address, port))
    host.write("rabbitmq-%d/enabled_plugins" % port, "[].\n")
    return host.start([glob.glob(RABBIT)[0]], port=port, patience=60, env={
        "HOME": home, "RABBITMQ_MNESIA_BASE": home, "RABBITMQ_LOG_BASE": home,
        "RABBITMQ_NODENAME": "rabbit@localhost", "RABBITMQ_CONF_ENV_FILE": "/dev/null",
        "RABBITMQ_CONFIG_FILE": home + "/rabbitmq", "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS":
        "+S 1:1 +sbwt none", "RABBITMQ_ENABLED_PLUGINS_FILE": home + "/enabled_plugins",
        "ERL_EPMD_ADDRESS": "127.0.0.1", "RABBITMQ_NODE_IP_ADDRESS": host.address,
        "RABBITMQ_NODE_PORT": port})


@client("AMQP")
def talk_amqp(host, server_address, port, *, broker="rabbitmq", **_):
    if broker == "small":
        dialogue.talk(host, server_address, port, SMALL_BROKER)
        return
    host.run(["amqp-publish", "--server=" + server_address, "--port=%d" % port, "-r", "nobody",
              "-b", "recorded"])


# --- MQTT ---------------------------------------------------------------------------------------

@server("MQTT", "MQTTS")
def serve_mqtt(host, port, *, tls=False, **_):
    lines = ["listener %d %s" % (port, host.address or host.address6), "allow_anonymous true",
             "user root", "persistence false", "log_dest stderr"]
    if tls:
        lines += ["certfile %s" % certificate(host)[0], "keyfile %s" % certificate(host)[1]]
    conf = host.write("mosquitto-%d.conf" % port, "\n".join(lines) + "\n")
    return host.start(["mosquitto", "-c", conf], port=port)


def certificate(host):
    return host.lab.certificate(host.name + "." + host.lab.domain)


@client("MQTT", "MQTTS")
def talk_mqtt(host, server_address, port, *, tls=False, **_):
    secure = []
    if tls:
        there = host.lab.find(server_address)
        secure = ["--cafile", certificate(there)[0], "--insecure"]
    host.run(["mosquitto_pub", "-h", server_address, "-p", port, "-i", host.name, "-t", "lab",
              "-m", "recorded"] + secure)


# --- ActiveMQ -----------------------------------------------------------------------------------

BROKER = """
import org.apache.activemq.broker.BrokerService;

public class Broker {
	public static void main(String[] args) throws Exception {
		BrokerService broker = new BrokerService();
		broker.setPersistent(false);
		broker.setUseJmx(false);
		broker.setDataDirectory(args[1]);
		broker.addConnector(args[0]);
		broker.start();
		broker.waitUntilStopped();
	}
}
"""

SENDER = """
import javax.jms.Connection;
import javax.jms.Session;
import org.apache.activemq.ActiveMQConnectionFactory;

public class Sender {
	public static void main(String[] args) throws Exception {
		Connection connection = new ActiveMQConnectionFactory(args[0]).createConnection();
		Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
		session.createProducer(session.createQueue("lab"))
			.send(session.createTextMessage("recorded"));
		connection.close();
	}
}
"""

JARS = ":".join(sorted(glob.glob("/usr/share/activemq/lib/*.jar"))
                + ["/usr/share/java/%s.jar" % name for name in (
                    "geronimo-jms-1.1-spec", "slf4j-api", "slf4j-nop", "commons-logging",
                    "commons-io", "hawtbuf", "log4j-api", "log4j-core", "jms", "jackson-core",
                    "geronimo-annotation-1.3-spec", "geronimo-j2ee-management-1.1-spec")])


def java(host, name, source, argv):
    path = host.write(name + ".java", source)
    return ["java", "-Xmx96m", "-XX:TieredStopAtLevel=1", "-cp", JARS, path] + argv


@server("OpenWire", "STOMP")
def serve_activemq(host, port, *, scheme="tcp", **_):
    where = "%s://%s:%d" % (scheme, host.address, port)
    return host.start(java(host, "Broker", BROKER, [where, host.folder + "/activemq"]), port=port,
                      patience=60)


@client("OpenWire")
def talk_openwire(host, server_address, port, **_):
    host.run(java(host, "Sender", SENDER, ["tcp://%s:%d" % (server_address, port)]), timeout=40)


STOMP_CLIENT = """
import sys
import stomp
connection = stomp.Connection11([(sys.argv[1], int(sys.argv[2]))])
connection.connect(wait=True)
connection.send("/queue/lab", "recorded")
connection.disconnect()
"""


@client("STOMP")
def talk_stomp(host, server_address, port, **_):
    host.run(["/usr/bin/python3", "-c", STOMP_CLIENT, server_address, port])
