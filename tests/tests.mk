# SPDX-License-Identifier: GPL-3.0-or-later
# Tests. Kept sorted; scripts/check-tree compares it with the folders.
# Each program is a cmocka group and mirrors a file or a subject of src/.
unit_tests = \
	tests/audit/test_catalogs \
	tests/audit/test_coverage \
	tests/audit/test_coverage_site \
	tests/audit/test_drift \
	tests/audit/test_drift_change \
	tests/audit/test_drift_groups \
	tests/audit/test_drift_size \
	tests/audit/test_drift_trust \
	tests/audit/test_evidence \
	tests/audit/test_explain \
	tests/audit/test_hostname \
	tests/audit/test_judge \
	tests/audit/test_judge_site \
	tests/audit/test_names \
	tests/audit/test_shown \
	tests/audit/test_touch \
	tests/audit/test_usage \
	tests/audit/test_waive \
	tests/base/test_addr \
	tests/base/test_cursor \
	tests/base/test_error \
	tests/base/test_like \
	tests/base/test_log \
	tests/base/test_num \
	tests/base/test_siphash \
	tests/base/test_slots \
	tests/base/test_text \
	tests/base/test_time \
	tests/base/test_words \
	tests/capture/test_compressed \
	tests/capture/test_fanout \
	tests/capture/test_file \
	tests/capture/test_inputs \
	tests/capture/test_interfaces \
	tests/capture/test_live \
	tests/capture/test_live_merge \
	tests/capture/test_live_return \
	tests/capture/test_live_shared \
	tests/capture/test_merge \
	tests/capture/test_order \
	tests/capture/test_pcapng \
	tests/catalog/test_catalog \
	tests/catalog/test_catalog_errors \
	tests/classify/test_dns \
	tests/classify/test_ndpi \
	tests/classify/test_pattern \
	tests/classify/test_signatures \
	tests/cmd/test_drift_when \
	tests/cmd/test_usage \
	tests/cmd/test_values \
	tests/core/test_convmap \
	tests/core/test_flow \
	tests/core/test_labels \
	tests/core/test_packet \
	tests/core/test_policy \
	tests/core/test_rule \
	tests/core/test_run \
	tests/core/test_verdict \
	tests/core/test_wire \
	tests/decode/test_cooked \
	tests/decode/test_gre \
	tests/decode/test_hosts \
	tests/decode/test_ip \
	tests/decode/test_ipudp \
	tests/decode/test_l2tp \
	tests/decode/test_lan \
	tests/decode/test_link \
	tests/decode/test_loopback \
	tests/decode/test_overlay \
	tests/decode/test_quote \
	tests/decode/test_radio \
	tests/decode/test_relay \
	tests/decode/test_serial \
	tests/decode/test_tags \
	tests/decode/test_taps \
	tests/decode/test_transport \
	tests/decode/test_tunnel \
	tests/decode/test_wifi \
	tests/dedup/test_dedup \
	tests/flow/test_direction \
	tests/flow/test_flood \
	tests/flow/test_flows \
	tests/flow/test_flows_random \
	tests/flow/test_flows_time \
	tests/flow/test_fragments \
	tests/flow/test_hard_direction \
	tests/flow/test_held \
	tests/flow/test_live \
	tests/flow/test_names \
	tests/flow/test_shuffled \
	tests/flow/test_table \
	tests/flow/test_tcp \
	tests/flow/test_tcp_numbers \
	tests/flow/test_unreachable \
	tests/flow/test_vlans \
	tests/pipeline/test_auditor \
	tests/pipeline/test_backlog \
	tests/pipeline/test_boundary \
	tests/pipeline/test_captured_names \
	tests/pipeline/test_event_sink \
	tests/pipeline/test_handed \
	tests/pipeline/test_intake \
	tests/pipeline/test_judging \
	tests/pipeline/test_keep \
	tests/pipeline/test_lane \
	tests/pipeline/test_lore \
	tests/pipeline/test_loss_watch \
	tests/pipeline/test_memory \
	tests/pipeline/test_metrics \
	tests/pipeline/test_notify \
	tests/pipeline/test_paths \
	tests/pipeline/test_processes \
	tests/pipeline/test_processes_live \
	tests/pipeline/test_replacing \
	tests/pipeline/test_spool \
	tests/pipeline/test_statistics \
	tests/pipeline/test_steady \
	tests/pipeline/test_storing \
	tests/pipeline/test_storing_spool \
	tests/pipeline/test_wanted \
	tests/pipeline/test_windows \
	tests/report/test_catalog \
	tests/report/test_command \
	tests/report/test_csv \
	tests/report/test_drift_formats \
	tests/report/test_drift_json \
	tests/report/test_drift_text \
	tests/report/test_event \
	tests/report/test_export \
	tests/report/test_html \
	tests/report/test_html_map \
	tests/report/test_json \
	tests/report/test_junit \
	tests/report/test_live \
	tests/report/test_markdown \
	tests/report/test_nights \
	tests/report/test_output \
	tests/report/test_sarif \
	tests/report/test_site \
	tests/report/test_tables \
	tests/report/test_text \
	tests/ring/test_ring \
	tests/ring/test_ring_hostile \
	tests/ring/test_ring_sides \
	tests/sandbox/test_confined \
	tests/sandbox/test_landlock \
	tests/sandbox/test_packet_socket \
	tests/sandbox/test_privileges \
	tests/sandbox/test_sandbox \
	tests/site/test_bind \
	tests/site/test_learn \
	tests/site/test_openings \
	tests/site/test_site \
	tests/site/test_site_errors \
	tests/site/test_site_large \
	tests/site/test_waivers \
	tests/store/test_drift \
	tests/store/test_findings \
	tests/store/test_live \
	tests/store/test_losses \
	tests/store/test_open \
	tests/store/test_prune \
	tests/store/test_rows \
	tests/store/test_site \
	tests/store/test_window \
	tests/store/test_writers

tests_audit_test_catalogs_SOURCES = tests/audit/test_catalogs.c tests/audit/book.h tests/audit/talk.h
tests_audit_test_coverage_SOURCES = tests/audit/test_coverage.c tests/audit/book.h tests/audit/talk.h
tests_audit_test_coverage_site_SOURCES = tests/audit/test_coverage_site.c tests/audit/talk.h
tests_audit_test_drift_SOURCES = tests/audit/test_drift.c tests/audit/drift_bench.h
tests_audit_test_drift_change_SOURCES = tests/audit/test_drift_change.c tests/audit/drift_bench.h
tests_audit_test_drift_groups_SOURCES = tests/audit/test_drift_groups.c tests/audit/drift_bench.h
tests_audit_test_drift_size_SOURCES = tests/audit/test_drift_size.c tests/audit/drift_bench.h
tests_audit_test_drift_trust_SOURCES = tests/audit/test_drift_trust.c tests/audit/drift_bench.h
tests_audit_test_evidence_SOURCES = tests/audit/test_evidence.c tests/audit/book.h tests/audit/talk.h
tests_audit_test_explain_SOURCES = tests/audit/test_explain.c tests/audit/stand.h tests/audit/talk.h
tests_audit_test_judge_SOURCES = tests/audit/test_judge.c tests/audit/book.h tests/audit/talk.h
tests_audit_test_judge_site_SOURCES = tests/audit/test_judge_site.c tests/audit/stand.h tests/audit/talk.h
tests_audit_test_shown_SOURCES = tests/audit/test_shown.c tests/audit/stand.h tests/audit/talk.h
tests_audit_test_touch_SOURCES = tests/audit/test_touch.c tests/audit/stand.h tests/audit/talk.h
tests_audit_test_usage_SOURCES = tests/audit/test_usage.c tests/site/place.h
tests_audit_test_waive_SOURCES = tests/audit/test_waive.c tests/audit/stand.h tests/audit/talk.h
tests_capture_test_compressed_SOURCES = tests/capture/test_compressed.c tests/capture/support.h tests/capture/support.c
tests_capture_test_fanout_SOURCES = tests/capture/test_fanout.c tests/capture/fanout_run.h tests/capture/fanout_run.c tests/capture/packets.h tests/capture/packets.c
tests_capture_test_file_SOURCES = tests/capture/test_file.c tests/capture/support.h tests/capture/support.c
tests_capture_test_inputs_SOURCES = tests/capture/test_inputs.c tests/capture/support.h tests/capture/support.c
tests_capture_test_interfaces_SOURCES = tests/capture/test_interfaces.c tests/capture/support.h tests/capture/support.c
tests_capture_test_live_SOURCES = tests/capture/test_live.c tests/capture/live.h tests/capture/live.c tests/capture/net.h tests/capture/net.c
tests_capture_test_live_merge_SOURCES = tests/capture/test_live_merge.c tests/capture/live.h tests/capture/live.c tests/capture/net.h tests/capture/net.c
tests_capture_test_live_return_SOURCES = tests/capture/test_live_return.c tests/capture/live.h tests/capture/live.c tests/capture/net.h tests/capture/net.c
tests_capture_test_live_shared_SOURCES = tests/capture/test_live_shared.c tests/capture/live.h tests/capture/live.c tests/capture/net.h tests/capture/net.c tests/capture/packets.h tests/capture/packets.c
tests_capture_test_merge_SOURCES = tests/capture/test_merge.c tests/capture/support.h tests/capture/support.c
tests_capture_test_order_SOURCES = tests/capture/test_order.c tests/capture/support.h tests/capture/support.c
tests_capture_test_pcapng_SOURCES = tests/capture/test_pcapng.c tests/capture/support.h tests/capture/support.c
tests_classify_test_ndpi_SOURCES = tests/classify/test_ndpi.c tests/classify/wire.h
tests_classify_test_pattern_SOURCES = tests/classify/test_pattern.c tests/classify/wire.h
tests_classify_test_signatures_SOURCES = tests/classify/test_signatures.c tests/classify/wire.h
tests_decode_test_cooked_SOURCES = tests/decode/test_cooked.c tests/decode/frames.h
tests_decode_test_gre_SOURCES = tests/decode/test_gre.c tests/decode/frames.h
tests_decode_test_hosts_SOURCES = tests/decode/test_hosts.c tests/decode/frames.h
tests_decode_test_ip_SOURCES = tests/decode/test_ip.c tests/decode/frames.h
tests_decode_test_ipudp_SOURCES = tests/decode/test_ipudp.c tests/decode/frames.h
tests_decode_test_l2tp_SOURCES = tests/decode/test_l2tp.c tests/decode/frames.h
tests_decode_test_lan_SOURCES = tests/decode/test_lan.c tests/decode/frames.h
tests_decode_test_link_SOURCES = tests/decode/test_link.c tests/decode/frames.h
tests_decode_test_loopback_SOURCES = tests/decode/test_loopback.c tests/decode/frames.h
tests_decode_test_overlay_SOURCES = tests/decode/test_overlay.c tests/decode/frames.h
tests_decode_test_quote_SOURCES = tests/decode/test_quote.c tests/decode/frames.h
tests_decode_test_radio_SOURCES = tests/decode/test_radio.c tests/decode/frames.h
tests_decode_test_relay_SOURCES = tests/decode/test_relay.c tests/decode/frames.h
tests_decode_test_serial_SOURCES = tests/decode/test_serial.c tests/decode/frames.h
tests_decode_test_tags_SOURCES = tests/decode/test_tags.c tests/decode/frames.h
tests_decode_test_taps_SOURCES = tests/decode/test_taps.c tests/decode/frames.h
tests_decode_test_transport_SOURCES = tests/decode/test_transport.c tests/decode/frames.h
tests_decode_test_tunnel_SOURCES = tests/decode/test_tunnel.c tests/decode/frames.h
tests_decode_test_wifi_SOURCES = tests/decode/test_wifi.c tests/decode/frames.h
tests_flow_test_direction_SOURCES = tests/flow/test_direction.c tests/flow/bench.h
tests_flow_test_flood_SOURCES = tests/flow/test_flood.c tests/flow/bench.h
tests_flow_test_flows_SOURCES = tests/flow/test_flows.c tests/flow/bench.h
tests_flow_test_flows_random_SOURCES = tests/flow/test_flows_random.c tests/flow/bench.h
tests_flow_test_flows_time_SOURCES = tests/flow/test_flows_time.c tests/flow/bench.h
tests_flow_test_fragments_SOURCES = tests/flow/test_fragments.c tests/flow/bench.h
tests_flow_test_hard_direction_SOURCES = tests/flow/test_hard_direction.c tests/flow/bench.h
tests_flow_test_held_SOURCES = tests/flow/test_held.c tests/flow/bench.h
tests_flow_test_live_SOURCES = tests/flow/test_live.c tests/flow/bench.h
tests_flow_test_names_SOURCES = tests/flow/test_names.c tests/flow/bench.h
tests_flow_test_shuffled_SOURCES = tests/flow/test_shuffled.c tests/flow/bench.h
tests_flow_test_table_SOURCES = tests/flow/test_table.c tests/flow/bench.h
tests_flow_test_tcp_SOURCES = tests/flow/test_tcp.c tests/flow/bench.h
tests_flow_test_tcp_numbers_SOURCES = tests/flow/test_tcp_numbers.c tests/flow/bench.h
tests_flow_test_unreachable_SOURCES = tests/flow/test_unreachable.c tests/flow/bench.h
tests_flow_test_vlans_SOURCES = tests/flow/test_vlans.c tests/flow/bench.h
tests_pipeline_test_backlog_SOURCES = tests/pipeline/test_backlog.c tests/pipeline/live_bench.h
tests_pipeline_test_captured_names_SOURCES = tests/pipeline/test_captured_names.c
tests_pipeline_test_judging_SOURCES = tests/pipeline/test_judging.c tests/audit/stand.h tests/audit/talk.h
tests_pipeline_test_loss_watch_SOURCES = tests/pipeline/test_loss_watch.c tests/pipeline/snapshot.h
tests_pipeline_test_metrics_SOURCES = tests/pipeline/test_metrics.c tests/pipeline/snapshot.h
tests_pipeline_test_processes_SOURCES = tests/pipeline/test_processes.c tests/pipeline/live_bench.h
tests_pipeline_test_processes_live_SOURCES = tests/pipeline/test_processes_live.c tests/pipeline/live_bench.h
tests_pipeline_test_replacing_SOURCES = tests/pipeline/test_replacing.c tests/pipeline/live_bench.h
tests_pipeline_test_statistics_SOURCES = tests/pipeline/test_statistics.c tests/pipeline/snapshot.h
tests_pipeline_test_storing_SOURCES = tests/pipeline/test_storing.c tests/pipeline/storing_stand.h tests/pipeline/live_bench.h
tests_pipeline_test_storing_spool_SOURCES = tests/pipeline/test_storing_spool.c tests/pipeline/storing_stand.h tests/pipeline/live_bench.h
tests_pipeline_test_windows_SOURCES = tests/pipeline/test_windows.c tests/pipeline/live_bench.h
tests_report_test_catalog_SOURCES = tests/report/test_catalog.c tests/report/fake_history.h tests/report/fake_history.c
tests_report_test_command_SOURCES = tests/report/test_command.c tests/report/fake_history.h tests/report/fake_history.c
tests_report_test_csv_SOURCES = tests/report/test_csv.c tests/report/fake_history.h tests/report/fake_history.c
tests_report_test_drift_formats_SOURCES = tests/report/test_drift_formats.c tests/report/fake_drift.h tests/report/fake_drift.c tests/report/fake_history.h tests/report/fake_history.c
tests_report_test_drift_json_SOURCES = tests/report/test_drift_json.c tests/report/fake_drift.h tests/report/fake_drift.c tests/report/fake_history.h tests/report/fake_history.c
tests_report_test_drift_text_SOURCES = tests/report/test_drift_text.c tests/report/fake_drift.h tests/report/fake_drift.c tests/report/fake_history.h tests/report/fake_history.c
tests_report_test_event_SOURCES = tests/report/test_event.c tests/report/fake_history.h tests/report/fake_history.c
tests_report_test_export_SOURCES = tests/report/test_export.c tests/site/place.h
tests_report_test_html_SOURCES = tests/report/test_html.c tests/report/fake_history.h tests/report/fake_history.c
tests_report_test_html_map_SOURCES = tests/report/test_html_map.c tests/report/fake_history.h tests/report/fake_history.c
tests_report_test_json_SOURCES = tests/report/test_json.c tests/report/fake_history.h tests/report/fake_history.c
tests_report_test_junit_SOURCES = tests/report/test_junit.c tests/report/fake_history.h tests/report/fake_history.c
tests_report_test_live_SOURCES = tests/report/test_live.c tests/report/fake_history.h tests/report/fake_history.c
tests_report_test_markdown_SOURCES = tests/report/test_markdown.c tests/report/fake_history.h tests/report/fake_history.c
tests_report_test_output_SOURCES = tests/report/test_output.c tests/report/fake_history.h tests/report/fake_history.c
tests_report_test_sarif_SOURCES = tests/report/test_sarif.c tests/report/fake_history.h tests/report/fake_history.c
tests_report_test_site_SOURCES = tests/report/test_site.c tests/report/fake_history.h tests/report/fake_history.c
tests_report_test_tables_SOURCES = tests/report/test_tables.c tests/report/fake_history.h tests/report/fake_history.c
tests_report_test_text_SOURCES = tests/report/test_text.c tests/report/fake_history.h tests/report/fake_history.c
tests_ring_test_ring_SOURCES = tests/ring/test_ring.c tests/ring/both_sides.h
tests_ring_test_ring_hostile_SOURCES = tests/ring/test_ring_hostile.c tests/ring/both_sides.h
tests_ring_test_ring_sides_SOURCES = tests/ring/test_ring_sides.c tests/ring/both_sides.h
tests_sandbox_test_confined_SOURCES = tests/sandbox/test_confined.c tests/sandbox/children.h tests/sandbox/children.c
tests_sandbox_test_landlock_SOURCES = tests/sandbox/test_landlock.c tests/sandbox/children.h tests/sandbox/children.c
tests_sandbox_test_packet_socket_SOURCES = tests/sandbox/test_packet_socket.c tests/sandbox/children.h tests/sandbox/children.c
tests_sandbox_test_privileges_SOURCES = tests/sandbox/test_privileges.c tests/sandbox/children.h tests/sandbox/children.c
tests_sandbox_test_sandbox_SOURCES = tests/sandbox/test_sandbox.c tests/sandbox/children.h tests/sandbox/children.c
tests_site_test_bind_SOURCES = tests/site/test_bind.c tests/site/place.h
tests_site_test_openings_SOURCES = tests/site/test_openings.c tests/site/place.h
tests_site_test_site_SOURCES = tests/site/test_site.c tests/site/place.h
tests_site_test_site_errors_SOURCES = tests/site/test_site_errors.c tests/site/place.h
tests_site_test_site_large_SOURCES = tests/site/test_site_large.c tests/site/place.h
tests_store_test_drift_SOURCES = tests/store/test_drift.c tests/store/fixture.h tests/store/fixture.c
tests_store_test_findings_SOURCES = tests/store/test_findings.c tests/store/fixture.h tests/store/fixture.c
tests_store_test_live_SOURCES = tests/store/test_live.c tests/store/fixture.h tests/store/fixture.c
tests_store_test_losses_SOURCES = tests/store/test_losses.c tests/store/fixture.h tests/store/fixture.c
tests_store_test_open_SOURCES = tests/store/test_open.c tests/store/fixture.h tests/store/fixture.c
tests_store_test_prune_SOURCES = tests/store/test_prune.c tests/store/fixture.h tests/store/fixture.c
tests_store_test_rows_SOURCES = tests/store/test_rows.c tests/store/fixture.h tests/store/fixture.c
tests_store_test_site_SOURCES = tests/store/test_site.c tests/store/fixture.h tests/store/fixture.c
tests_store_test_window_SOURCES = tests/store/test_window.c tests/store/fixture.h tests/store/fixture.c
tests_store_test_writers_SOURCES = tests/store/test_writers.c tests/store/fixture.h tests/store/fixture.c

# Fuzz targets, here only fed with their corpus.
fuzz_replays = \
	tests/fuzz/replay_capture \
	tests/fuzz/replay_catalog \
	tests/fuzz/replay_decode \
	tests/fuzz/replay_dedup \
	tests/fuzz/replay_dns \
	tests/fuzz/replay_flow \
	tests/fuzz/replay_site \
	tests/fuzz/replay_waivers
tests_fuzz_replay_capture_SOURCES = tests/fuzz/fuzz_capture.c tests/fuzz/replay.c
tests_fuzz_replay_catalog_SOURCES = tests/fuzz/fuzz_catalog.c tests/fuzz/replay.c
tests_fuzz_replay_decode_SOURCES = tests/fuzz/fuzz_decode.c tests/fuzz/replay.c tests/fuzz/require.h
tests_fuzz_replay_dedup_SOURCES = tests/fuzz/fuzz_dedup.c tests/fuzz/replay.c tests/fuzz/require.h
tests_fuzz_replay_dns_SOURCES = tests/fuzz/fuzz_dns.c tests/fuzz/replay.c
tests_fuzz_replay_flow_SOURCES = tests/fuzz/fuzz_flow.c tests/fuzz/replay.c tests/fuzz/require.h
tests_fuzz_replay_site_SOURCES = tests/fuzz/fuzz_site.c tests/fuzz/replay.c
tests_fuzz_replay_waivers_SOURCES = tests/fuzz/fuzz_waivers.c tests/fuzz/replay.c

# The same with a fuzzer, for scripts/fuzz: they want a compiler that has one.
EXTRA_PROGRAMS = \
	tests/fuzz/fuzz_capture \
	tests/fuzz/fuzz_catalog \
	tests/fuzz/fuzz_decode \
	tests/fuzz/fuzz_dedup \
	tests/fuzz/fuzz_dns \
	tests/fuzz/fuzz_flow \
	tests/fuzz/fuzz_site \
	tests/fuzz/fuzz_waivers

whole_tests = tests/fuzz/replay-corpus tests/report/check-schema tests/run/run.py

if HAVE_CMOCKA
check_PROGRAMS = $(unit_tests) $(fuzz_replays)
TESTS = $(unit_tests) $(whole_tests)
else
check-local:
	@echo "cmocka is missing (Debian package libcmocka-dev): the tests cannot be built" >&2; exit 1
endif

LDADD = libflowaudit.a $(libs) $(CMOCKA_LIBS)
AM_TESTS_ENVIRONMENT = \
	FA_TOP_SRCDIR='$(abs_top_srcdir)'; export FA_TOP_SRCDIR; \
	FLOWAUDIT='$(abs_top_builddir)/flowaudit'; export FLOWAUDIT;
