# frozen_string_literal: true

# Draws the [flow] blocks of AsciiDoc documents with flowc, and fails where a
# model is wrong. See the README beside it.

require 'asciidoctor'
require 'cgi'
require 'digest'
require 'fileutils'
require 'open3'
require 'pathname'
require 'tmpdir'

module Flowc
  class Failure < StandardError; end

  def self.temporary
    @temporary ||= (Dir.mktmpdir 'flowc-').tap {|folder| at_exit { FileUtils.rm_rf folder } }
  end

  # Notes where blocks are, which Asciidoctor does only on demand.
  class Places < Asciidoctor::Extensions::Preprocessor
    def process document, _reader
      document.sourcemap = true
      nil
    end
  end

  # Makes a [source,flow] block of a [flow] one. Both are drawn later, when
  # Asciidoctor knows their places.
  class Reader < Asciidoctor::Extensions::BlockProcessor
    use_dsl
    named :flow
    on_contexts :listing, :literal, :open, :paragraph
    content_model :verbatim

    def process parent, reader, attrs
      create_listing_block parent, reader.read_lines, (attrs.merge 'style' => 'source', 'language' => 'flow')
    end
  end

  # Draws the blocks of a document that has been read.
  class Drawer < Asciidoctor::Extensions::TreeProcessor
    include Asciidoctor::Logging

    # Attributes that Asciidoctor understands itself; all others are flowc's.
    OWN = %w(id role title reftext caption subs indent tabsize options opts style language linenums cloaked-context)

    def process document
      models = (document.find_by context: :listing, traverse_documents: true).select do |block|
        block.style == 'source' && (block.attr 'language') == 'flow'
      end
      failed = models.count {|block| !(draw block) }
      raise Failure, %(flowc: flow blocks that cannot be drawn, see above: #{failed}) if failed > 0
      nil
    end

    # Whether flowc could draw it. What it says is printed as it is.
    def draw block
      path, line, column = place block
      command = [ENV['FLOWC'].to_s.empty? ? 'flowc' : ENV['FLOWC'], 'render', '-',
        '--fence', (info block), '--stdin-name', path,
        '--line-offset', line.to_s, '--column-offset', column.to_s]
      html, said, status = Open3.capture3(*command, stdin_data: %(#{block.source}\n))
      html.force_encoding 'UTF-8'
      said = said.force_encoding('UTF-8').chomp
      if status.success?
        logger.warn said unless said.empty?
        replace block, html
      else
        logger.error said.empty? ? %(#{path}: flowc ends with #{status}) : said
      end
      status.success?
    rescue SystemCallError => e
      raise Failure, %(flowc cannot be run: #{e.message}\n) +
        'Install it with go install ./cmd/... in a clone of https://github.com/flowc-lang/flowc, or set FLOWC to its path.'
    end

    # The attributes as flowc reads them; [flow,view=topology,words] and [flow%words] are the same.
    def info block
      words = block.attributes.map do |key, value|
        case key
        when 1, Symbol, *OWN then next
        when Integer then value unless value == 'flow'
        when /\A(.+)-option\z/ then $1
        else %(#{key}=#{quoted value.to_s})
        end
      end
      words << 'format=text' if block.document.backend == 'manpage' && !(block.attr? 'format')
      words.compact.join ' '
    end

    def quoted value
      return value unless value.empty? || (value.match?(/[\s"']/))
      (value.include? '"') ? %('#{value}') : %("#{value}")
    end

    # The path of the block's document, and how many lines and columns are before its
    # body. In lists Asciidoctor counts wrongly, so the body is looked for nearby.
    def place block
      at = block.source_location
      return ['<stdin>', at.lineno, 0] unless at.file
      body = block.lines
      text = (File.read at.file, mode: 'r:bom|utf-8').lines.map(&:rstrip)
      found = (0..text.size - body.size).select do |i|
        body.each_with_index.all? {|line, n| text[i + n].end_with? line }
      end
      first = found.min_by {|i| (i - at.lineno).abs } || at.lineno
      column = found.empty? || body.empty? ? 0 : text[first].size - body[0].size
      [(relative at.file), first, column]
    end

    def relative file
      (Pathname.new file).relative_path_from(Pathname.pwd).to_s
    rescue ArgumentError # on another drive
      file
    end

    # Puts the drawing in the place of the block, which keeps its title, id and role.
    def replace block, html
      parent = block.parent
      frame = create_open_block parent, nil, (block.attributes.slice 'role')
      frame.title = block.title if block.title?
      frame.id = block.id
      frame << (content frame, html)
      parent.blocks[parent.blocks.index block] = frame
    end

    def content parent, html
      return create_pass_block parent, html, {}, subs: nil if parent.document.attr? 'filetype', 'html'
      svg = html[/<svg.*<\/svg>/m]
      return create_literal_block parent, (text html), {} unless svg
      create_image_block parent, 'target' => (write parent.document, svg), 'format' => 'svg',
        'alt' => (text svg[/<title.*?<\/title>/m].to_s)
    end

    def text html
      CGI.unescapeHTML html.gsub(/<[^>]*>/, '')
    end

    # Writes a picture for a backend that wants files, and returns its target. DocBook
    # refers to it, so it stays; others read it during the run.
    def write document, svg
      name = %(flowc-#{(Digest::SHA256.hexdigest svg)[0, 12]}.svg)
      stays = document.basebackend? 'docbook'
      folder = stays ? (images document) : Flowc.temporary
      FileUtils.mkdir_p folder
      File.write (File.join folder, name), svg
      stays ? name : (File.join folder, name)
    end

    def images document
      to = document.options[:to_dir] || (document.attr 'outdir') || document.base_dir
      (document.attr 'imagesoutdir') || (File.join to, (document.attr 'imagesdir', ''))
    end
  end
end

Asciidoctor::Extensions.register do
  preprocessor Flowc::Places
  block Flowc::Reader
  tree_processor Flowc::Drawer
end
