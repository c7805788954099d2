/** What a sensor may tell of an asset; see `sensor-items.ts`. */
import { z } from 'zod';
import {
  MAX_BECAUSE,
  MAX_BUILDS,
  MAX_LISTED,
  MAX_NAMES_TOLD,
  MAX_SERVICE_DETAIL,
  MAX_TEXT,
  MAX_TRAFFIC_TOLD,
} from '#sensor/model/bounds.ts';
import { DEVICE_ROLES } from '#sensor/model/inventory.ts';
import { ip, operationKind, port, text, time } from './item-words.ts';

/** What devices say of themselves is as long as their protocol lets it be. */
const said = text(256);
const protocols = z.array(text(40)).max(MAX_LISTED);
const source = z.enum(['dhcp', 'dns', 'mdns', 'llmnr', 'netbios', 'lldp', 'profinet-dcp']);
const by = z.enum(['content', 'port']);
const transport = z.enum(['tcp', 'udp', 'ip']);
const amount = z.looseObject({
  packets: z.int().min(0),
  bytes: z.int().min(0),
});

/** What all traffic tells of an asset. */
const heard = {
  vendor: said.optional(),
  names: z
    .array(z.looseObject({ name: said.min(1), source, last_seen: time }))
    .max(MAX_NAMES_TOLD)
    .optional(),
  details: z
    .array(z.looseObject({ about: text(40), text: said, source }))
    .max(MAX_NAMES_TOLD)
    .optional(),
  behaviour: z
    .array(
      z.looseObject({
        role: z.enum(DEVICE_ROLES),
        because: text(MAX_BECAUSE),
      }),
    )
    .max(DEVICE_ROLES.length)
    .optional(),
  services: z
    .array(
      z.looseObject({
        transport,
        port,
        protocol: text(40).optional(),
        by: by.optional(),
        detail: text(MAX_SERVICE_DETAIL).optional(),
      }),
    )
    .max(MAX_LISTED)
    .optional(),
};

const traffic = z
  .array(
    z.looseObject({
      transport,
      port,
      protocol: text(40).optional(),
      by: by.optional(),
      sent: amount,
      received: amount,
      first_seen: time,
      last_seen: time,
    }),
  )
  .max(MAX_TRAFFIC_TOLD);

export const asset = z.looseObject({
  ip,
  mac: text(17).optional(),
  ...heard,
  roles: z.array(text(40)).max(10),
  protocols,
  ports: z.array(port).max(MAX_LISTED).optional(),
  units: z
    .array(
      z.looseObject({
        id: z.int().min(0).max(255),
        identity: z
          .looseObject({
            vendor: said.optional(),
            product: said.optional(),
            revision: said.optional(),
            url: said.optional(),
            name: said.optional(),
            model: said.optional(),
            application: said.optional(),
          })
          .optional(),
        server_id: text(MAX_TEXT).optional(),
      }),
    )
    .max(MAX_LISTED)
    .optional(),
  builds: z
    .array(
      z.looseObject({
        port: port.optional(),
        product_uri: text(MAX_TEXT).optional(),
        manufacturer_name: text(MAX_TEXT).optional(),
        product_name: text(MAX_TEXT).optional(),
        software_version: text(MAX_TEXT).optional(),
        build_number: text(MAX_TEXT).optional(),
        build_date: text(40).optional(),
      }),
    )
    .max(MAX_BUILDS)
    .optional(),
  applications: z.array(text(MAX_TEXT)).max(MAX_LISTED).optional(),
  conversations: z
    .array(
      z.looseObject({
        peer: ip,
        role: z.enum(['client', 'server']),
        protocols,
        kinds: z.array(operationKind).max(8),
        traffic: traffic.optional(),
        last_seen: time,
      }),
    )
    .max(MAX_LISTED)
    .optional(),
  first_seen: time,
  last_seen: time,
});
