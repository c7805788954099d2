/**
 * The columns of the logs of ICSNPP-OPCUA-Binary, exactly as its readers know them, typing mistakes included.
 *
 * Each is written `name` where it is a string, else `name:type`.
 */

export const OPCUA_TABLES = {
  opcua_binary: `
    msg_type is_final total_size:count error:count reason version:count rcv_buf_size:count
    snd_buf_size:count max_msg_size:count max_chunk_cnt:count endpoint_url
    sec_channel_id:vector[count] sec_policy_uri_len:int sec_policy_uri snd_cert_len:int snd_cert
    rcv_cert_len:int rcv_cert request_id:count req_opcua_link_id req_msg_size:count
    req_seq_number:count req_encoding_mask:count req_namespace_idx:count req_identifier:count
    req_identifier_str req_hdr_node_id_type req_hdr_node_id_namespace_idx:count
    req_hdr_node_id_numeric:count req_hdr_node_id_string req_hdr_node_id_guid
    req_hdr_node_id_opaque req_hdr_timestamp:time req_hdr_request_handle:count
    req_hdr_return_diag:count req_hdr_audit_entry_id req_hdr_timeout_hint:count
    req_hdr_add_hdr_type_id:count req_hdr_add_hdr_enc_mask:count res_opcua_link_id
    res_msg_size:count res_seq_number:count res_encoding_mask:count res_namespace_idx:count
    res_identifier:count res_identifier_str res_hdr_timestamp:time res_hdr_request_handle:count
    status_code_link_id res_hdr_service_diag_encoding:count res_hdr_add_hdr_type_id:count
    res_hdr_add_hdr_enc_mask:count`,
  opcua_binary_activate_session: `
    opcua_link_id client_algorithm client_signature client_software_cert_link_id
    opcua_locale_link_id ext_obj_type_id_encoding_mask ext_obj_type_id_namespace_idx:count
    ext_obj_type_id_numeric:count ext_obj_type_id_string ext_obj_type_id_guid
    ext_obj_type_id_opaque ext_obj_type_id_str ext_obj_encoding ext_obj_policy_id
    ext_obj_user_name ext_obj_password ext_obj_encryption_algorithom ext_obj_certificate_data
    ext_obj_token_data user_token_algorithm user_token_signature server_nonce
    status_code_link_id activate_session_diag_info_link_id`,
  opcua_binary_activate_session_client_software_cert: `
    client_software_cert_link_id cert_data cert_signature`,
  opcua_binary_activate_session_locale_id: `
    opcua_locale_link_id local_id`,
  opcua_binary_aggregate_filter: `
    monitored_parameters_link_id start_time:time start_time_str aggregate_type_encoding_mask
    aggregate_type_namespace_idx:count aggregate_type_numeric:count aggregate_type_string
    aggregate_type_guid aggregate_type_opaque processing_interval:double
    use_server_capabilities_default:bool treat_uncertain_as_bad:bool percent_data_good:count
    percent_data_bad:count use_slopped_extrapolation:bool revised_start_time:time
    revised_start_time_str revised_processing_interval:double
    revised_use_server_capabilities_default:bool revised_treat_uncertain_as_bad:bool
    revised_percent_data_good:count revised_percent_data_bad:count
    revised_use_slopped_extrapolation:bool`,
  opcua_binary_browse: `
    opcua_link_id browse_service_type browse_view_id_encoding_mask
    browse_view_id_namespace_idx:count browse_view_id_numeric:count browse_view_id_string
    browse_view_id_guid browse_view_id_opaque browse_view_description_timestamp:time
    browse_view_description_view_version:count req_max_ref_nodes:count
    browse_description_link_id browse_next_release_continuation_point:bool browse_next_link_id
    browse_response_link_id browse_diag_info_link_id`,
  opcua_binary_browse_description: `
    browse_description_link_id browse_description_encoding_mask
    browse_description_namespace_idx:count browse_description_numeric:count
    browse_description_string browse_description_guid browse_description_opaque browse_direction
    browse_description_ref_encoding_mask browse_description_ref_namespace_idx:count
    browse_description_ref_numeric:count browse_description_ref_string
    browse_description_ref_guid browse_description_ref_opaque
    browse_description_include_subtypes:bool browse_node_class_mask browse_result_mask`,
  opcua_binary_browse_request_continuation_point: `
    browse_next_link_id continuation_point`,
  opcua_binary_browse_response_references: `
    browse_reference_link_id browse_response_ref_encoding_mask
    browse_response_ref_namespace_idx:count browse_response_ref_numeric:count
    browse_response_ref_string browse_response_ref_guid browse_response_ref_opaque
    browse_response_is_forward:bool browse_response_ref_type_encoding_mask
    browse_response_ref_type_namespace_idx:count browse_response_ref_type_numeric:count
    browse_response_ref_type_string browse_response_ref_type_guid
    browse_response_ref_type_opaque browse_response_ref_type_namespace_uri
    browse_response_ref_type_server_idx:count browse_response_ref_name_idx:count
    browse_response_ref_name browse_response_display_name_mask
    browse_response_display_name_locale browse_response_display_name_text
    browse_response_node_class browse_response_type_def_encoding_mask
    browse_response_type_def_namespace_idx:count browse_response_type_def_numeric:count
    browse_response_type_def_string browse_response_type_def_guid
    browse_response_type_def_opaque browse_response_type_def_namespace_uri
    browse_response_type_def_server_idx:count`,
  opcua_binary_browse_result: `
    browse_response_link_id status_code_link_id browse_result_continuation_point
    browse_reference_link_id`,
  opcua_binary_close_session: `
    opcua_link_id del_subscriptions:bool`,
  opcua_binary_create_monitored_items: `
    opcua_link_id subscription_id:count timestamps_to_return:count timestamps_to_return_str
    create_item_link_id create_monitored_items_diag_info_link_id`,
  opcua_binary_create_monitored_items_create_item: `
    create_item_link_id item_to_monitor_node_id_encoding_mask
    item_to_monitor_node_id_namespace_idx:count item_to_monitor_node_id_numeric:count
    item_to_monitor_node_id_string item_to_monitor_node_id_guid item_to_monitor_node_id_opaque
    item_to_monitor_attribute_id item_to_monitor_index_range item_to_monitor_namespace_idx:count
    item_to_monitor_name monitoring_mode monitoring_parameters_client_handle:count
    monitoring_parameters_sampling_interval:double monitoring_parameters_queue_size:count
    monitoring_parameters_discard_oldest:bool
    monitoring_parameters_filter_info_type_id_node_id_encoding_mask
    monitoring_parameters_filter_info_type_id_node_id_namespace_idx:count
    monitoring_parameters_filter_info_type_id_node_id_numeric:count
    monitoring_parameters_filter_info_type_id_node_id_string
    monitoring_parameters_filter_info_type_id_node_id_guid
    monitoring_parameters_filter_info_type_id_node_id_opaque
    monitoring_parameters_filter_info_type_id_string
    monitoring_parameters_filter_info_type_id_encoding filter_info_details_link_id
    monitoring_parameters_status_code_link_id monitored_item_index_id:count
    monitoring_parameters_revised_sampling_interval:double
    monitoring_parameters_revised_queue_size:count`,
  opcua_binary_create_session: `
    opcua_link_id application_uri product_uri encoding_mask:count locale text
    application_type:count gateway_server_uri discovery_profile_uri discovery_profile_link_id
    server_uri endpoint_url session_name client_nonce client_cert_size:count client_cert
    req_session_timeout:count max_res_msg_size:count session_id_encoding_mask
    session_id_namespace_idx:count session_id_numeric:count session_id_string session_id_guid
    session_id_opaque auth_token_encoding_mask auth_token_namespace_idx:count
    auth_token_numeric:count auth_token_string auth_token_guid auth_token_opaque
    revised_session_timeout:count server_nonce server_cert_size:count server_cert
    endpoint_link_id algorithm signature max_req_msg_size:count`,
  opcua_binary_create_session_discovery: `
    discovery_profile_link_id discovery_profile_uri discovery_profile_url`,
  opcua_binary_create_session_endpoints: `
    endpoint_link_id endpoint_url application_uri product_uri encoding_mask:count locale text
    application_type:count gateway_server_uri discovery_profile_uri discovery_profile_link_id
    cert_size:count server_cert message_security_mode:count security_policy_uri
    user_token_link_id transport_profile_uri security_level:count`,
  opcua_binary_create_session_user_token: `
    user_token_link_id user_token_policy_id user_token_type:count user_token_issued_type
    user_token_endpoint_url user_token_sec_policy_uri`,
  opcua_binary_create_subscription: `
    opcua_link_id requested_publishing_interval:count requested_lifetime_count:count
    requested_max_keep_alive_count:count max_notifications_per_publish:count
    publishing_enabled:bool priority:count subscription_id:count
    revised_publishing_interval:count revised_lifetime_count:count
    revised_max_keep_alive_count:count`,
  opcua_binary_data_change_filter: `
    monitored_parameters_link_id trigger deadband_type deadband_value:double`,
  opcua_binary_diag_info_detail: `
    diag_info_link_id root_object_id source:count source_str inner_diag_level:count
    has_symbolic_id:bool symbolic_id:count symbolic_id_str has_namespace_uri:bool
    namespace_uri:count namespace_uri_str has_locale:bool locale:count locale_str
    has_locale_txt:bool locale_txt:count locale_txt_str has_addl_info:bool addl_info
    has_inner_stat_code:bool inner_stat_code has_inner_diag_info:bool`,
  opcua_binary_event_filter: `
    monitored_parameters_link_id select_clause_link_id
    where_clause_content_filter_link_id`,
  opcua_binary_event_filter_attribute_operand: `
    content_filter_filter_operand_link_id node_id_encoding_mask node_id_namespace_idx:count
    node_id_numeric:count node_id_string node_id_guid node_id_opaque alias
    browse_path_element_link_id attribute index_range`,
  opcua_binary_event_filter_attribute_operand_browse_paths: `
    browse_path_element_link_id type_id_encoding_mask type_id_namespace_idx:count
    type_id_numeric:count type_id_string type_id_guid type_id_opaque is_inverse:bool
    include_subtypes:bool target_name_namespace_idx:count target_name`,
  opcua_binary_event_filter_element_operand: `
    content_filter_filter_operand_link_id element_index:count`,
  opcua_binary_event_filter_literal_operand: `
    content_filter_filter_operand_link_id literal_operand_variant_link`,
  opcua_binary_event_filter_select_clause: `
    select_clause_link_id type_id_encoding_mask type_id_namespace_idx:count
    type_id_numeric:count type_id_string type_id_guid type_id_opaque
    simple_attribute_operand_browse_path_link_id attribute_id:count index_range
    select_clause_status_code_link_id select_clause_diagnostic_info_link_id`,
  opcua_binary_event_filter_simple_attribute_operand: `
    content_filter_filter_operand_link_id type_id_encoding_mask type_id_namespace_idx:count
    type_id_numeric:count type_id_string type_id_guid type_id_opaque
    simple_attribute_operand_browse_path_link_id attribute_id:count index_range`,
  opcua_binary_event_filter_simple_attribute_operand_browse_paths: `
    simple_attribute_operand_browse_path_link_id browse_path_src namespace_index:count name`,
  opcua_binary_event_filter_where_clause: `
    where_clause_link_id content_filter_element_link_id content_filter_status_code_link_id
    content_filter_diag_info_link_id`,
  opcua_binary_event_filter_where_clause_elements: `
    content_filter_element_link_id filter_operator
    content_filter_filter_operand_type_id_node_id_encoding_mask
    content_filter_filter_operand_type_id_node_id_namespace_idx:count
    content_filter_filter_operand_type_id_node_id_numeric:count
    content_filter_filter_operand_type_id_node_id_string
    content_filter_filter_operand_type_id_node_id_guid
    content_filter_filter_operand_type_id_node_id_opaque
    content_filter_filter_operand_type_id_string content_filter_filter_operand_type_id_encoding
    content_filter_filter_operand_link_id content_filter_operand_status_code_link_id
    content_filter_operand_diag_info_link_id`,
  opcua_binary_get_endpoints: `
    opcua_link_id endpoint_url locale_link_id profile_uri_link_id endpoint_description_link_id`,
  opcua_binary_get_endpoints_description: `
    endpoint_description_link_id endpoint_uri application_uri product_uri encoding_mask:count
    locale text application_type:count gateway_server_uri discovery_profile_uri
    discovery_profile_link_id cert_size:count server_cert message_security_mode:count
    security_policy_uri user_token_link_id transport_profile_uri security_level:count`,
  opcua_binary_get_endpoints_discovery: `
    discovery_profile_link_id discovery_profile_url`,
  opcua_binary_get_endpoints_locale_id: `
    locale_link_id locale_id`,
  opcua_binary_get_endpoints_profile_uri: `
    profile_uri_link_id profile_uri`,
  opcua_binary_get_endpoints_user_token: `
    user_token_link_id user_token_policy_id user_token_type:count user_token_issued_type
    user_token_endpoint_url user_token_sec_policy_uri`,
  opcua_binary_opensecure_channel: `
    opcua_link_id client_proto_ver:count sec_token_request_type:count
    message_security_mode:count client_nonce req_lifetime:count server_proto_ver:count
    sec_token_sec_channel_id:count sec_token_id:count sec_token_created_at:time
    sec_token_revised_time:count server_nonce`,
  opcua_binary_read: `
    opcua_link_id max_age:count timestamps_to_return:count timestamps_to_return_str
    nodes_to_read_link_id read_results_link_id diag_info_link_id`,
  opcua_binary_read_nodes_to_read: `
    nodes_to_read_link_id node_id_encoding_mask node_id_namespace_idx:count
    node_id_numeric:count node_id_string node_id_guid node_id_opaque attribute_id:count
    attribute_id_str index_range data_encoding_name_idx:count data_encoding_name`,
  opcua_binary_read_results: `
    results_link_id level:count data_value_encoding_mask status_code_link_id
    source_timestamp:time source_pico_sec:count server_timestamp:time server_pico_sec:count
    read_results_variant_metadata_link_id`,
  opcua_binary_status_code_detail: `
    status_code_link_id source:count source_str source_level:count status_code severity:count
    severity_str sub_code:count sub_code_str structure_changed:bool semantics_changed:bool
    info_type:count info_type_str limit_bits:count limit_bits_str overflow:bool
    historian_bits:count historian_bits_str historianPartial:bool historianExtraData:bool
    historianMultiValue:bool`,
  opcua_binary_variant_array_dims: `
    array_dim_link_id dimension:count`,
  opcua_binary_variant_data: `
    variant_data_link_id variant_data_value_signed_numeric:int
    variant_data_value_unsigned_numeric:count variant_data_value_string
    variant_data_node_id_encoding_mask variant_data_node_id_namespace_idx:count
    variant_data_node_id_numeric:count variant_data_node_id_string variant_data_node_id_guid
    variant_data_node_id_opaque variant_data_node_id_namespace_uri
    variant_data_node_id_server_idx:count variant_data_value_time:time
    variant_data_encoding_name_idx:count variant_data_encoding_name variant_data_mask
    variant_data_locale variant_data_text variant_data_value_decimal:double
    variant_data_status_code_link_id variant_data_diag_info_link_id variant_data_ext_obj_link_id
    variant_metadata_data_link_id variant_data_value_link_id`,
  opcua_binary_variant_data_value: `
    variant_data_value_source_link data_value_encoding_mask status_code_link_id
    source_timestamp:time source_pico_sec:count server_timestamp:time server_pico_sec:count
    variant_metadata_link_id`,
  opcua_binary_variant_extension_object: `
    ext_obj_link_id ext_obj_node_id_encoding_mask ext_obj_node_id_namespace_idx:count
    ext_obj_node_id_numeric:count ext_obj_node_id_string ext_obj_node_id_guid
    ext_obj_node_id_opaque ext_obj_type_id_str ext_obj_encoding`,
  opcua_binary_variant_metadata: `
    variant_source_data_link_id variant_data_source:count variant_data_source_str
    dara_variant_encoding_mask data_variant_data_type:count data_variant_data_type_str
    built_in_data_type:count built_in_data_type_str variant_data_link_id
    variant_data_array_dim:count variant_data_array_multi_dim_link_id`,
  opcua_binary_write: `
    opcua_link_id node_id_encoding_mask node_id_namespace_idx:count node_id_numeric:count
    node_id_string node_id_guid node_id_opaque attribute_id:count attribute_id_str index_range
    data_value_encoding_mask req_status_code_link_id source_timestamp:time source_pico_sec:count
    server_timestamp:time server_pico_sec:count write_results_variant_metadata_link_id
    res_status_code_link_id diag_info_link_id`,
} as const;

export type OpcuaLogName = keyof typeof OPCUA_TABLES;
