/* A vendor's tool on open62541: strict about the server's certificate, says in one line each what it was told.
 *
 * usage: open62541-session URL OWN-CERTIFICATE.der OWN-KEY.der TRUSTED.der APPLICATION-URI NAMESPACE
 */
#include <open62541/client_config_default.h>
#include <open62541/client_highlevel.h>
#include <open62541/client_subscriptions.h>
#include <open62541/plugin/log_stdout.h>
#include <stdio.h>
#include <stdlib.h>

static UA_ByteString load(const char *path) {
    UA_ByteString bytes = UA_BYTESTRING_NULL;
    FILE *file = fopen(path, "rb");
    if(!file) exit(2);
    fseek(file, 0, SEEK_END);
    UA_ByteString_allocBuffer(&bytes, (size_t)ftell(file));
    rewind(file);
    if(fread(bytes.data, 1, bytes.length, file) != bytes.length) exit(2);
    fclose(file);
    return bytes;
}

static void say(const char *what, UA_StatusCode status) {
    printf("%s %s\n", what, UA_StatusCode_name(status));
    fflush(stdout);
}

static int changes = 0;

static void changed(UA_Client *client, UA_UInt32 subscription, void *subscriptionContext, UA_UInt32 item,
                    void *itemContext, UA_DataValue *value) {
    changes++;
}

int main(int count, char **given) {
    if(count != 7) return 2;
    UA_ByteString certificate = load(given[2]), key = load(given[3]), trusted = load(given[4]);
    UA_Client *client = UA_Client_new();
    UA_ClientConfig *config = UA_Client_getConfig(client);
    config->logging = UA_Log_Stdout_new(UA_LOGLEVEL_FATAL);
    if(UA_ClientConfig_setDefaultEncryption(config, certificate, key, &trusted, 1, NULL, 0)) return 2;
    config->securityMode = UA_MESSAGESECURITYMODE_SIGNANDENCRYPT;
    config->clientDescription.applicationUri = UA_STRING_ALLOC(given[5]);
    UA_StatusCode status = UA_Client_connect(client, given[1]);
    say("connect", status);
    if(status) return 1;

    UA_UInt16 ns = 0;
    UA_String uri = UA_STRING(given[6]);
    say("namespace", UA_Client_NamespaceGetIndex(client, &uri, &ns));
    UA_NodeId temperature = UA_NODEID_STRING(ns, "Boiler.Temperature");
    UA_NodeId setpoint = UA_NODEID_STRING(ns, "Boiler.SetPoint");
    UA_NodeId boiler = UA_NODEID_STRING(ns, "Boiler");
    UA_Variant value;
    say("read", UA_Client_readValueAttribute(client, temperature, &value));
    UA_Variant_clear(&value);

    UA_Double number = 42.5;
    UA_Variant_setScalar(&value, &number, &UA_TYPES[UA_TYPES_DOUBLE]);
    say("write", UA_Client_writeValueAttribute(client, setpoint, &value));
    say("write-not-granted", UA_Client_writeValueAttribute(client, temperature, &value));
    number = 1000;
    say("write-out-of-bounds", UA_Client_writeValueAttribute(client, setpoint, &value));

    size_t outputs = 0;
    UA_Variant *output = NULL;
    say("call", UA_Client_call(client, boiler, UA_NODEID_STRING(ns, "Boiler.Reset"), 0, NULL, &outputs, &output));

    UA_CreateSubscriptionRequest request = UA_CreateSubscriptionRequest_default();
    request.requestedPublishingInterval = 50;
    UA_CreateSubscriptionResponse made = UA_Client_Subscriptions_create(client, request, NULL, NULL, NULL);
    say("subscribe", made.responseHeader.serviceResult);
    UA_MonitoredItemCreateRequest item = UA_MonitoredItemCreateRequest_default(temperature);
    item.requestedParameters.samplingInterval = 50;
    UA_Client_MonitoredItems_createDataChange(client, made.subscriptionId, UA_TIMESTAMPSTORETURN_BOTH, item, NULL,
                                              changed, NULL);
    for(int i = 0; i < 600 && changes < 3; i++) UA_Client_run_iterate(client, 50);
    printf("changes %s\n", changes >= 3 ? "seen" : "missed");
    say("disconnect", UA_Client_disconnect(client));
    UA_Client_delete(client);
    return 0;
}
