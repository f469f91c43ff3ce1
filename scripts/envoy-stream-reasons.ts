/** Why each setting of ext_proc is what it is. */
import { because, type Section } from './envoy-reason.ts';

export const STREAM_SECTION: Section = {
  title: 'Asking Sluice in a stream',
  reasons: [
    because('ExternalProcessor.grpc_service.envoy_grpc.cluster_name', 'As above.'),
    because(
      'ExternalProcessor.failure_mode_allow',
      'The strictest. Unlike ext_authz, each route may say another, so one filter does for all policies.',
    ),
    because(
      'ExternalProcessor.status_on_error.code',
      'Where the stream breaks or cannot be opened. Silence is 504 whatever this says.',
    ),
    because(
      'ExternalProcessor.processing_mode.request_header_mode',
      'Every exchange begins with its request.',
    ),
    because(
      'ExternalProcessor.processing_mode.request_body_mode',
      'Chunks as they come. An upgrade has no body to inspect: what follows it is a tunnel.',
    ),
    because(
      'ExternalProcessor.processing_mode.request_trailer_mode',
      'With `SKIP` they would reach the workload uninspected.',
    ),
    because(
      'ExternalProcessor.processing_mode.response_*',
      'None, unless a route says so: most policies look at requests alone, and a stream ends with the request then.',
    ),
    because(
      'ExternalProcessor.send_body_without_waiting_for_header_response',
      'What holds a request back: while its headers are unanswered, the body comes to Sluice and nothing goes to the workload. With it Envoy passes over `mode_override`.',
    ),
    because(
      'ExternalProcessor.message_timeout',
      'Since the last message that is unanswered. A slow client would run into it too, so Sluice puts it off while it waits for more.',
    ),
    because(
      'ExternalProcessor.max_message_timeout',
      'How long Sluice may put it off at a time: the longest pause of a client whose body is held. Without it the time-out cannot be put off.',
    ),
    because(
      'ExternalProcessor.request_attributes',
      'Who asks for what, as Envoy knows it and no client can say it.',
    ),
    because(
      'ExternalProcessor.metadata_options.receiving_namespaces.untyped',
      "What Sluice's answer leaves for the access log. Without it Envoy drops it.",
    ),
    because(
      'ExternalProcessor.mutation_rules.*',
      'Sluice changes no header line of an exchange; an answer that would write where a request goes is an error. More they cannot forbid: they hold for the header lines of a block page too, which would be dropped without a word.',
    ),
    because(
      'ExternalProcessor.allow_content_length_header',
      'Bodies are not changed either, so their length stays true. Without it a workload gets chunks in place of a length.',
    ),
    because('ExternalProcessor.route_cache_action', 'As `clear_route_cache` above.'),
    because(
      'ExternalProcessor.allow_mode_override',
      'The configuration alone says what is inspected. Beside a held request Envoy would pass over it, and take one that stands alone for an error.',
    ),
    because(
      'ExtProcPerRoute.overrides.failure_mode_allow',
      "The policy's `unavailable`, as above. A stream that ended well in front of the verdict would let through whatever this says: Sluice's server cannot end one so.",
    ),
    because(
      'ExtProcPerRoute.overrides.processing_mode.request_body_mode',
      "The policy's profile. `buffered`: Envoy collects the body and Sluice gets it in one message, or the client a 413. Never in Detect, which refuses nothing.",
    ),
    because(
      'ExtProcPerRoute.overrides.processing_mode.request_header_mode',
      'The whole mode is said again: what a route leaves out is off.',
    ),
    because('ExtProcPerRoute.overrides.processing_mode.request_trailer_mode', 'The same.'),
    because(
      'ExtProcPerRoute.overrides.processing_mode.response_*',
      'Where the policy inspects responses they are held as requests are. Of trailers Sluice learns the end of a body that has them.',
    ),
    because(
      'ExtProcPerRoute.overrides.grpc_initial_metadata.*',
      "The policy, by its name; its profile; how much Sluice may leave unanswered; who makes request ids; who is connected, whatever X-Forwarded-For says. Clients cannot reach it: their header lines are in the request's own message.",
    ),
    because('ExtProcPerRoute.disabled', 'The policy asks by ext_authz.'),
  ],
};
